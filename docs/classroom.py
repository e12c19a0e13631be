import os, socket, sys, threading, time

host, port, name = sys.argv[1:4]
sock, lock = socket.create_connection((host, port)), threading.Lock()

def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def number(field, n): return varint(field * 8) + varint(n)
def block(field, data): return varint(field * 8 + 2) + varint(len(data)) + data
def send(frame):                                  # four bytes of length, then the frame
    with lock: sock.sendall(len(frame).to_bytes(4, "big") + frame)

def read(data):                                   # a message as {field number: value}
    found, at = {}, 0
    def take():                                   # a varint
        nonlocal at
        n = shift = 0
        while True:
            n, shift, at = n | (data[at] & 127) << shift, shift + 7, at + 1
            if data[at - 1] < 128: return n
    while at < len(data):
        tag = take()
        if tag & 7 == 0: found[tag >> 3] = take()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or take()
            found[tag >> 3], at = data[at:at + size], at + size
    return found

def listen():
    stream = sock.makefile("rb")
    while prefix := stream.read(4):
        frame = read(stream.read(int.from_bytes(prefix, "big")))
        system, author = read(frame.get(4, b"")), read(frame.get(10, b"")).get(1, b"").decode()
        if 1 in system: send(block(4, block(2, system[1])))     # Ping: Pong, we are done with all before it
        if 4 in system: print("! fault", read(system[4])[1])
        if 12 in frame and 3 in frame:                          # an entry (it has a seq): something was said
            text = read(frame[3]).get(1, b"").decode()
            print(author + ":", "".join(c if c.isprintable() else "?" for c in text), flush=True)
    os._exit(0)

send(block(4, block(16, number(1, 1) + number(2, 1) + block(4, name.encode()) + block(5, os.urandom(32)))))
send(block(1, number(2, 10)) + block(9, b"lobby"))              # Join, with the last ten entries
threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:                                          # a Chat: text, room, id
    identifier = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    send(block(3, block(1, line.strip().encode())) + block(9, b"lobby") + block(11, identifier))
sock.shutdown(socket.SHUT_WR)                                   # no more from us; what was sent is still answered
time.sleep(1)
