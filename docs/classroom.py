import os, socket, sys, threading, time

host, port, name = sys.argv[1:4]
sock, lock = socket.create_connection((host, port)), threading.Lock()

def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def field(number, value):                         # a number, or bytes behind their length
    if isinstance(value, int): return varint(number * 8) + varint(value)
    return varint(number * 8 + 2) + varint(len(value)) + value
def send(frame):                                  # four bytes of length, then the frame
    with lock: sock.sendall(len(frame).to_bytes(4, "big") + frame)

def take(data):                                   # a varint, and what is left behind it
    if data[0] < 128: return data[0], data[1:]
    high, rest = take(data[1:])
    return high * 128 + data[0] - 128, rest
def read(data):                                   # a message as {field number: value}
    found = {}
    while data:
        tag, data = take(data)
        if tag & 7 == 0: found[tag >> 3], data = take(data)
        else:
            size, data = {1: (8, data), 5: (4, data)}.get(tag & 7) or take(data)
            found[tag >> 3], data = data[:size], data[size:]
    return found

def listen():
    stream = sock.makefile("rb")
    while prefix := stream.read(4):
        frame = read(stream.read(int.from_bytes(prefix, "big")))
        system = read(frame.get(4, b""))
        if 1 in system: send(field(4, field(2, system[1])))     # Ping → Pong: done with all before it
        if 4 in system: print("fault", read(system[4])[1], flush=True)
        if 12 in frame and 3 in frame:                          # an entry (it has a seq): something was said
            text = read(frame[3]).get(1, b"").decode()
            print(read(frame[10])[1].decode() + ":", "".join(c if c.isprintable() else "?" for c in text), flush=True)
    os._exit(0)

send(field(4, field(16, field(1, 1) + field(2, 1) + field(4, name.encode()) + field(5, os.urandom(32)))))
send(field(1, field(2, 10)) + field(9, b"lobby"))               # Join, with the last ten entries
threading.Thread(target=listen).start()
for line in sys.stdin:                                          # a Chat: text, room, id
    identifier = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    send(field(3, field(1, line.strip().encode())) + field(9, b"lobby") + field(11, identifier))
sock.shutdown(socket.SHUT_WR)                                   # no more from us; what was sent is still answered
