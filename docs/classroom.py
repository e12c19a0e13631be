import os, queue, secrets, socket, sys, threading, time

host, port, name = sys.argv[1:4]
sock, outgoing, space = socket.create_connection((host, port)), queue.Queue(), threading.Semaphore(64)

def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def field(number, value):                         # a number, or bytes behind their length
    return varint(number * 8) + varint(value) if isinstance(value, int) else varint(number * 8 + 2) + varint(len(value)) + value
def write():                                      # this thread alone writes, so reading never waits for it
    while frame := outgoing.get(): sock.sendall(len(frame).to_bytes(4, "big") + frame)
    sock.shutdown(socket.SHUT_WR)                 # an empty frame: no more from us

def take(data):                                   # a varint, and what is left behind it
    high, rest = take(data[1:]) if data[0] > 127 else (0, data[1:])
    return high * 128 + data[0] % 128, rest
def read(data):                                   # a message as {field number: value}
    found = {}
    while data:
        tag, data = take(data)
        size, rest = {0: (0, data), 1: (8, data), 5: (4, data)}.get(tag & 7) or take(data)
        found[tag >> 3], data = take(data) if tag & 7 == 0 else (rest[:size], rest[size:])
    return found
def safe(text): return "".join(c if c.isprintable() else "?" for c in text.decode())

def speak():                                      # each line is a Chat: text, ref, room, id (a UUIDv7)
    for line in filter(lambda line: line and space.acquire(), map(bytes.strip, open(0, "rb", 0))):
        uuid = int(time.time() * 1000) << 80 | 7 << 76 | 2 << 62 | secrets.randbits(62)
        outgoing.put(field(3, field(1, line)) + field(8, uuid % 2**32 | 2) + field(9, b"lobby") + field(11, uuid.to_bytes(16, "big")))
    outgoing.put(field(2, b"") + field(8, 1) + field(9, b"lobby"))            # Leave, ref 1

outgoing.put(field(4, field(16, field(1, 1) + field(2, 1) + field(4, name.encode()) + field(5, os.urandom(32)))))
outgoing.put(field(1, field(2, 10)) + field(9, b"lobby"))                     # Join, ten entries back
threading.Thread(target=write, daemon=True).start()
stream, joined, left = sock.makefile("rb"), False, False
while prefix := stream.read(4):
    frame = read(stream.read(int.from_bytes(prefix, "big")))
    system = read(frame.get(4, b""))
    if 1 in system: outgoing.put(field(4, field(2, system[1])))               # Ping → Pong: done with all before it
    if 32 in system: joined = not threading.Thread(target=speak, daemon=True).start()      # Joined: we may speak
    if 34 in system: left = outgoing.put(b"") or True                         # Left: all that we said is answered
    if 3 in system or 4 in system: space.release()                            # answered: never more than 64 are not
    if 4 in system: print("fault", read(system[4])[1], flush=True); joined or sys.exit(1)    # we are not let in
    if 12 in frame and 3 in frame:                                            # an entry (it has a seq): a Chat
        print(safe(read(frame[10])[1]) + ":", safe(read(frame[3]).get(1, b"")), flush=True)
sys.exit(not left)
