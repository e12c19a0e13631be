"""A Kentongan client: python3 kentongan.py [--plain] [--code CODE] [name@]host[:port][/room], or an invitation
(kentongan://host:port/room?code=CODE#FINGERPRINT, in quotation marks). Commands: /history N, /who, /quit.
KTG-n.m is a rule of docs/protocol.md; the 5 in .text(5), number(5, ...), part(5, ...) is a field number there."""
import argparse, asyncio, contextlib, datetime, getpass, hashlib, itertools, os, pathlib, random, re, secrets, ssl, sys
import threading, time, urllib.parse

def varint(n):
    """Seven bits a byte, the lowest first, the top bit set in all bytes but the last (17.2)."""
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)

def number(field, n): return varint(field * 8) + varint(n)
def part(field, data):                            # a text, bytes, or a message inside a message
    data = data.encode() if isinstance(data, str) else data
    return varint(field * 8 + 2) + varint(len(data)) + data

class Message(dict):
    """A message taken apart: {field number: [values]}. Fields that we do not know are never asked for (KTG-4.11).
    Bytes that are no message raise a ValueError, TypeError or LookupError (KTG-4.17)."""
    def __init__(self, data):
        self.data, self.at = data, 0
        while self.at < len(data):
            tag = self.varint()
            value = self.varint() if tag & 7 == 0 else self.take({1: 8, 2: 0, 5: 4}[tag & 7] or self.varint())
            self.setdefault(tag >> 3, []).append(value)

    def take(self, size):
        self.at += size
        if self.at > len(self.data):
            raise ValueError("a field reaches beyond its message")               # KTG-4.3
        return self.data[self.at - size:self.at]

    def varint(self, most=10):
        byte = self.take(1)[0 if most else 1]                                    # KTG-4.2: ten bytes at most
        return byte if byte < 128 else byte & 127 | self.varint(most - 1) << 7

    def number(self, field): return 0 + self.get(field, [0])[-1]                 # KTG-4.6: TypeError if these are bytes
    def bytes(self, field): return b"" + self.get(field, [b""])[-1]              # KTG-4.6: TypeError if it is a number
    def text(self, field): return self.bytes(field).decode()                     # KTG-4.8: ValueError
    def part(self, field): return Message(self.bytes(field))

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
def show(text, stream=None):
    """Print one line. What others wrote must never control the terminal (KTG-4.18)."""
    with contextlib.suppress(BrokenPipeError):    # nobody reads us any more
        print(UNSAFE.sub("\ufffd", text), file=stream or sys.stdout, flush=True)

def note(text): show("! " + text, sys.stderr)
def as_line(entry):
    """An entry in words, also one of a kind that this client does not know (KTG-4.13, KTG-10.15)."""
    who, system = entry.part(10).text(1), entry.part(4)
    what = (": " + entry.part(3).text(1) if 3 in entry else " came in" if 1 in entry else " went" if 2 in entry else
            f"erased #{system.part(66).number(1)}" if 66 in system else "(erased)" if 67 in system else      # KTG-10.18
            " notice: " + " ".join(text.decode() for text in system.part(68).get(2, [])))
    return f"#{entry.number(12)} {who}{what}"

def state(name):
    """A file of ours, for the owner's eyes only."""
    home = pathlib.Path(os.environ.get("KENTONGAN_STATE") or pathlib.Path.home() / ".local/state/kentongan")
    path = home / "python" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path

def secret_of(name, server):
    """32 random bytes for this name on this server, made once (KTG-7.10); others for plain than for TLS (KTG-7.25)."""
    path = state(urllib.parse.quote(f"{name}@{server}", safe="@"))
    if path.stat().st_size != 32:
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()

class Untrusted(Exception): "This is not the server that is meant, or was met before."
def check(server, certificate, invited):
    """Compare the fingerprint before anything is sent (KTG-2.12), or pin it: one line a server, the last one counts."""
    shown, known = hashlib.sha256(certificate).hexdigest(), state("known-hosts")                     # KTG-2.11
    lines = [line for line in known.read_text().splitlines() if line.split(" ")[0] == server]
    pinned = [line.split(" ")[1].replace("sha256:", "") for line in lines[-1:]]
    wrong = [fingerprint for fingerprint in pinned + [invited] * bool(invited) if fingerprint != shown]  # KTG-2.13: both
    if wrong:
        raise Untrusted(f"{server} has another certificate! Nothing was sent.\n! expected {wrong[0]}\n! shown    {shown}\n"
                        f"! If its operator confirms the new one, delete the lines of {server} in {known}.")
    if not lines:
        with known.open("a") as file:
            file.write(f"{server} sha256:{shown} {datetime.date.today()}\n")
        invited or note(f"{server} is new, and nobody has checked its certificate. Compare: {shown}")

def tls():
    """The newest TLS there is, 1.2 at least (KTG-2.9). Names and authorities mean nothing beside a pin (KTG-2.14)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["kentongan/1"])
    return context

class Client:
    """One person in one room, over as many connections as it takes. All but feed() runs in the event loop."""
    def __init__(self, name, host, port, room, tls=None, fingerprint=None, code=""):
        self.name, self.host, self.port, self.room = name, host, port, room
        self.tls, self.fingerprint, self.code_word = tls, fingerprint, code      # tls None: plain (KTG-2.16)
        self.lines, self.space = [], threading.Semaphore(256)  # what was typed, and its bound
        self.outbox = {}                          # {key: request} without an answer, in order; a Chat's key is its id
        self.position, self.torn = None, None     # (log_id, seq, check) of the last entry read (KTG-10.4); before a hole
        self.newest, self.known, self.stops = 0, {}, 0         # {id: the newest entry known when it was first sent}
        self.code, self.refused, self.ended = None, False, False       # the exit code; a message was refused; /quit
        self.ready, self.user, self.failures, self.retry_after, self.ref = False, None, 0, 0, 0     # ready: joined

    async def run(self):
        """Connect, and again after each loss, later each time (KTG-13.4), until there is an exit code."""
        self.loop = asyncio.get_running_loop()
        threading.Thread(target=self.feed, daemon=True).start()
        while self.code is None:
            try:
                await self.session()
            except Untrusted as error:
                self.code = note(str(error)) or 1
            except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
                self.ready = False
                if self.code is None or self.outbox:
                    note(f"no connection ({type(error).__name__}); without an answer: {len(self.outbox)}")
                self.code = 1 if self.user is None and isinstance(error, OSError) else self.code     # a wrong address?
            if self.code is None:
                await asyncio.sleep(self.retry_after + random.uniform(0, min(60, 2 ** self.failures)))
                self.retry_after, self.failures = 0, self.failures + 1
        return self.code

    async def session(self):
        """One connection: say hello (KTG-2.2, KTG-6.1), then cut frames by their length (KTG-3.1, KTG-3.5)."""
        opening, way = asyncio.open_connection(self.host, self.port, ssl=self.tls), "tls:" if self.tls else "plain:"
        reader, self.writer = await asyncio.wait_for(opening, 10)
        self.asked, self.sent, self.stopped, self.finished, self.patience = {}, {}, None, False, 15
        with contextlib.closing(self.writer.transport):
            server = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}".lower()
            if self.tls:
                shown = self.writer.get_extra_info("ssl_object")
                if shown.selected_alpn_protocol() != "kentongan/1":
                    raise Untrusted(f"{server} speaks TLS, but not ours")        # KTG-2.9
                check(server, shown.getpeercert(True), self.fingerprint)
            hello = number(1, 1) + number(2, 1) + part(4, self.name) + part(5, secret_of(self.name, way + server))
            self.ask("hello", part(4, part(16, hello + (part(9, self.code_word) if self.code_word else b""))))  # KTG-6.9
            while True:
                size = int.from_bytes(await asyncio.wait_for(reader.readexactly(4), self.patience), "big")
                if not 1 <= size <= 65536:
                    raise ValueError("no frame has this length")                 # KTG-3.8
                self.receive(await asyncio.wait_for(reader.readexactly(size), self.patience))    # KTG-13.2
                self.progress()

    def receive(self, payload):
        """Finish with one frame before the next (KTG-11.4). One that cannot be read is passed over (KTG-4.17)."""
        try:
            frame = Message(payload)
            if frame.number(12):                                                 # KTG-10.1: it is an entry
                return self.on_entry(frame) if self.ready and frame.text(9) == self.room else None
            for kind in frame.part(4):                                           # KTG-4.13: others are ignored
                handler = {1: self.on_ping, 3: self.answered, 4: self.on_fault, 19: self.on_welcome, 32: self.on_joined,
                           33: self.on_roster, 34: self.finish, 35: self.on_gap, 37: self.on_page}.get(kind)
                handler and handler(frame, frame.part(4).part(kind))
        except (ValueError, TypeError, LookupError) as error:
            note(f"a frame that cannot be read: {error!r}")

    def write(self, payload): self.finished or self.writer.write(len(payload).to_bytes(4, "big") + payload)
    def finish(self, *_):                         # no more from us; read on to the end (KTG-5.10), if one half can end alone
        self.code, self.ready, self.finished, self.patience = 1 if self.code is None else self.code, False, True, 5
        self.writer.write_eof() if self.writer.can_write_eof() else self.writer.close()
    def ask(self, key, request):                  # an answer will come; its ref tells by `asked` to what (KTG-5.5)
        self.ref += 1
        self.asked[self.ref], self.sent[key] = key, self.ref
        self.known.setdefault(key, max(self.newest, self.position[1] if self.position else 0))       # KTG-9.15
        self.write(request + number(8, self.ref))
    def answered(self, frame, _):                 # the request that this answers, unless a copy of it is answered
        return self.outbox.pop(self.asked.pop(frame.number(8), None), None)

    def feed(self):                               # in a thread: the lines of stdin, never more than there is space for
        for line in itertools.chain(open(0, "rb", closefd=False), [b"/quit"]):
            self.space.acquire()
            self.loop.call_soon_threadsafe(self.progress, line.decode("utf-8", "replace").rstrip("\r\n"))

    def progress(self, *typed):
        """Do what can be done now: take lines, send what is not sent yet, in order, and at last leave."""
        self.lines.extend(typed)
        if not self.ready:
            return
        while self.lines and not self.ended and not self.stopped and len(self.outbox) < self.in_flight:  # KTG-9.14
            self.space.release()
            self.command(self.lines.pop(0))
        if self.stopped and self.pinged and self.loop.time() >= self.stopped:
            self.stopped, self.sent = None, {}    # KTG-9.12: all without an answer again, before anything newer
        for key in [key for key in self.outbox if key not in self.sent and not self.stopped]:
            self.ask(key, self.outbox[key])
        if self.ended and not self.outbox and self.code is None:
            self.code = int(self.refused)
            self.ask("leave", part(2, b"") + part(9, self.room))

    def command(self, line):
        key = (int(time.time() * 1000) << 80 | 7 << 76 | 2 << 62 | secrets.randbits(62)).to_bytes(16, "big")  # KTG-9.1
        if line == "/quit":
            self.ended = True
        elif line == "/who":
            show("here: " + ", ".join(sorted(self.members.values())))
        elif re.fullmatch(r"/history( +\d+)?", line):
            self.outbox[key] = part(4, part(36, number(3, min(int(line[8:] or 20), 500)))) + part(9, self.room)
        elif line.startswith("/") or len(line.encode()) > self.text_bytes:       # KTG-6.7
            note("/history N, /who, /quit" if line.startswith("/") else "this line is too long")
            self.refused = True
        elif line:
            self.outbox[key] = part(3, part(1, line)) + part(9, self.room) + part(11, key)

    def on_ping(self, frame, ping):
        """All before it is shown: so says the Pong (KTG-11.4). After a refusal it reopens the line (KTG-9.11)."""
        self.write(part(4, part(2, part(1, ping.bytes(1)))))
        self.pinged = True
        self.stopped and self.loop.call_at(self.stopped + 0.01, self.progress)

    def on_welcome(self, frame, welcome):
        self.user, limits = welcome.bytes(6), welcome.part(8)
        self.text_bytes, self.in_flight = limits.number(2) or 16384, limits.number(4) or 64      # KTG-6.7
        self.patience = 2 * (welcome.number(10) or 15000) / 1000                 # KTG-13.2
        note(f"you are {welcome.text(5)}")                                       # KTG-7.2
        self.join()

    def join(self):
        """Enter the room, or set our cursor in it, to our position or ten entries back (KTG-8.6, KTG-10.6)."""
        log_id, seq, check = self.position or (b"", 0, 0)
        have = part(1, part(1, log_id) + number(2, seq) + varint(3 * 8 + 5) + check.to_bytes(4, "little"))
        self.ask("join", part(1, have if self.position else number(2, 10)) + part(9, self.room))
        self.ready, self.asking = False, True

    def on_joined(self, frame, joined):
        """The stream begins; the status says what comes, measured against our position (KTG-8.9)."""
        self.failures, self.asking, self.roster, status = 0, False, {}, joined.number(1)
        self.doubt(float("inf") if status == 5 else joined.number(5))
        self.newest = max(joined.number(4), 0 if status == 5 else self.newest)
        self.position = note("the room has a new log") if status == 5 else self.position             # NEW_LOG
        if status != 2:                           # not COMPLETE
            self.move(joined.bytes(2), joined.number(3))

    def on_gap(self, frame, gap): self.asking or self.move(self.position[0], gap.number(1))          # KTG-8.6
    def move(self, log_id, first):                # what we hold ends before entry `first` of this log (KTG-10.4)
        if self.position and first > self.position[1] + 1:
            note(f"#{self.position[1] + 1} to #{first - 1} are missing")
        self.ready, self.position = False, (log_id, first - 1, 0)                # until the roster comes

    def doubt(self, oldest):                      # what may have been among entries that are gone: ask the person (KTG-9.15)
        lost = [Message(self.outbox.pop(key)) for key in [*self.outbox] if self.known.get(key, oldest) + 1 < oldest]
        self.refused |= any([not note(f"perhaps not stored, not sent again: {chat.part(3).text(1)}") for chat in lost])

    def on_roster(self, frame, roster):           # the members after entry `as_of`; later ones continue it (KTG-8.15)
        self.roster.update((author.bytes(2), author.text(1)) for author in map(Message, roster.get(2, [])))
        if roster.number(4) and not self.asking:
            self.members, self.roster, self.as_of, self.ready = self.roster, {}, roster.number(1), True

    def on_entry(self, entry):
        """The next entry of the stream moves our position, known or not (KTG-10.4, KTG-10.5)."""
        seq = entry.number(12)
        if seq != self.position[1] + 1:
            again, self.torn = self.torn == self.position, self.position
            return self.finish(note(f"#{self.position[1] + 1} cannot be had")) if again else self.join()
        self.position, self.stops = (self.position[0], seq, int.from_bytes(entry.bytes(14), "little")), 0
        author = entry.part(10)
        if author.bytes(2) == self.user:
            self.outbox.pop(entry.bytes(11), None)                               # KTG-9.7: our copy is a receipt, too
        if seq > self.as_of and (1 in entry or 2 in entry):
            self.members.pop(author.bytes(2), None)
            self.members.update({author.bytes(2): author.text(1)} if 1 in entry else {})
        show(as_line(entry))

    def on_page(self, frame, page):
        for entry in page.get(1, []) if self.answered(frame, page) else ():      # KTG-10.13: these move nothing
            show("  " + as_line(Message(entry)))

    def on_fault(self, frame, fault):
        """The thousands digit says what to do, whether we know the code or not (KTG-12.1)."""
        code, wait, key = fault.number(1), fault.number(2) / 1000, self.asked.get(frame.number(8))
        if code == 2007: return                   # OUT_OF_LINE: the line has stopped already (KTG-9.12)
        note(f"{fault.text(7) or 'refused'} ({code}) {fault.text(6)}")
        if code // 1000 == 3 or code // 1000 == 2 and isinstance(key, str):   # come back with another connection
            self.retry_after = wait
            self.writer.transport.close()
        elif code // 1000 == 2:                   # the line stops, for this time and until the next Ping
            until = self.loop.time() + (wait or min(30, 2 ** self.stops))
            self.stopped, self.pinged, self.stops = until, False, self.stops + 1
        elif code // 1000 != 1 or isinstance(key, str):
            self.finish()
        elif self.answered(frame, fault):
            self.refused = True

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--plain", action="store_true", help="without TLS: everybody on the network can read along")
    options.add_argument("--code", default=os.environ.get("KENTONGAN_CODE", ""), help="a password or an invite code")
    options.add_argument("address")
    said = options.parse_args()
    form = (r"(?:kentongan(\+plain)?://)?(?:([^@/?#]+)@)?(\[[^]]+\]|[^][:/@?#-][^][:/@?#]*)(?::(\d+))?(?:/([^@~?#][^?#]*)?)?"
            r"(?:\?code=([^&#]*))?(?:#(?:sha256:)?((?:[0-9A-Fa-f]{2}:?){32}))?")                                # KTG-2.17
    plain, name, host, port, room, code, fingerprint = (
        re.fullmatch(form, said.address) or options.error("this is no address")).groups(default="")
    name, room, code = map(urllib.parse.unquote, (name, room, code))
    sys.stdout.reconfigure(errors="replace")
    client = Client(name or getpass.getuser(), host.strip("[]"), int(port or 7660), room or "lobby",
                    None if plain or said.plain else tls(), fingerprint.replace(":", "").lower(), said.code or code)
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(client.run()))
