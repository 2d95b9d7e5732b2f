# A server that answers what the tests ask: server.sh FOLDER
echo start >> "$1/life"
trap 'echo end >> "$1/life"; exit' TERM
while read -r line; do
    echo "$line" >> "$1/heard"
    case $line in
    *'"initialize"'*) echo '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}' ;;
    *'"read"'*)
        echo '{"jsonrpc":"2.0","method":"notifications/x"}'
        echo '{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"078-05-1120"}]}}'
        ;;
    *'"slow"'*)
        echo '{"jsonrpc":"2.0","id":"q","method":"ping"}'
        sleep 3
        echo '{"jsonrpc":"2.0","id":3,"result":{}}'
        ;;
    *'"dies"'*) exit 3 ;;
    *'"server/discover"'*) echo '{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"Method not found"}}' ;;
    esac
done
echo end >> "$1/life"
