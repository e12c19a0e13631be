import socket, sys, threading

listen, host, port = int(sys.argv[1]), sys.argv[2], sys.argv[3]

def copy(arrow, source, target):
    stream = source.makefile("rb")
    while prefix := stream.read(4):
        payload = stream.read(int.from_bytes(prefix, "big"))
        print(f"{arrow} {len(payload):5} {payload.hex(' ')}", flush=True)
        print(f"{'':9}{''.join(chr(b) if 32 <= b < 127 else '.' for b in payload)}", flush=True)
        target.sendall(prefix + payload)
    target.shutdown(socket.SHUT_WR)

server = socket.create_server(("", listen))
while True:
    client, _ = server.accept()
    upstream = socket.create_connection((host, port))
    threading.Thread(target=copy, args=("client →", client, upstream)).start()
    threading.Thread(target=copy, args=("server →", upstream, client)).start()
