// English: help, and what is wrong with a command line.
import { KENTONGAN } from './called.ts';
import type { HelpTexts } from './texts.ts';

export const HELP_EN: HelpTexts = {
  titles: {
    'Usage:': 'Usage:',
    'Arguments:': 'Arguments:',
    'Options:': 'Options:',
    'Commands:': 'Commands:',
  },
  program: KENTONGAN,
  overview: 'Chat for the machines on one network.',
  serverTitle: `For whoever runs the server (help: ${KENTONGAN} serve --help, …):`,
  overviewEnd: `Begin:
  ${KENTONGAN} serve               on one machine; it prints what others type
  ${KENTONGAN} chat                on the same machine
  ${KENTONGAN} chat 192.168.1.5    on another one
`,
  commands: {
    chat: 'talk, in this terminal',
    send: 'say something and end, for scripts',
    tail: 'read along, for scripts and screens',
    trust: 'say which certificate a server has; show or forget those that are known',
    identity: 'make, show, carry to another device or delete your key',
    serve: 'run a server on this machine',
    status: 'show how the server on this machine is doing',
    announce: 'tell a room something, as the operator of the server',
    log: 'verify, export, back up, restore the log; erase a message',
    invite: 'print a link with which somebody gets in, safely the first time, too',
    names: 'show the names that are bound to keys, or release one',
    help: 'show this, or the help of a command',
  },
  chat: `Talk in a room. What you leave out is asked for or guessed: the server is this machine, the room is lobby, the name is asked for. Type /help inside for what you can do there. Without a terminal, lines are read from standard input and written to standard output.`,
  chatEnd: `Examples:
  ${KENTONGAN} chat                      the lobby of this machine
  ${KENTONGAN} chat alice@192.168.1.5    as alice, the lobby of another machine
  ${KENTONGAN} chat alice@192.168.1.5/physics
  ${KENTONGAN} chat '[fe80::1%eth0]:7660/physics'
  ${KENTONGAN} chat 'kentongan://192.168.1.5:7660/lobby?code=…#…'    the link of an invitation, in quotes
  ${KENTONGAN} chat kentongan+plain://192.168.1.5/lobby    without encryption, if the server allows it

Your name is yours on this machine: a secret and your place in each room are kept in $KENTONGAN_STATE, else $XDG_STATE_HOME/kentongan, else ~/.local/state/kentongan (Windows: %LOCALAPPDATA%\\kentongan), so that you come back as yourself. With a key (${KENTONGAN} identity create) it is yours on the server, too, and nobody else gets it.

Everything is encrypted unless you write kentongan+plain://. The certificate of a server is kept when you meet it first; when it changes, kentongan stops and shows both (${KENTONGAN} trust --help).
Behind a name in the room: ! comes in unencrypted.
`,
  send: `Say the text; without a text, each line of standard input is one message (empty lines are left out). Ends when the server has stored all of it, in order. If the connection is lost, it is made again and nothing is sent twice.`,
  sendEnd: `Examples:
  ${KENTONGAN} send hello world
  ${KENTONGAN} send --to alice@192.168.1.5/physics "the lesson begins"
  make 2>&1 | ${KENTONGAN} send --room builds
  ${KENTONGAN} send --whole < poem.txt
  ${KENTONGAN} send --id "$ID" done      repeat it with the same ID: it is said once

Text that begins with a dash stands behind --, as in: ${KENTONGAN} send -- -5 degrees A line that is longer than a message may be, or is not UTF-8, ends the command with its number:
everything before it is stored, nothing from it on is sent.
`,
  tail: `Write what is said in a room to standard output, from the last lines on. You are not listed and need no name, but people see that somebody listens.`,
  tailEnd: `Examples:
  ${KENTONGAN} tail                      the last 10 lines of the lobby, and what comes
  ${KENTONGAN} tail --last 100 --no-follow 192.168.1.5/physics
  ${KENTONGAN} tail --json --after 0 | jq -r 'select(.type=="chat").text'

With --json there is one object per line, UTF-8. Fields, in this order:
  type      join, leave, chat, notice, removal, removed, unknown: an entry of the room;
            gap: entries before "next" no longer exist;
            reset: the room began anew, what you hold of it is void
  room      its name
  log       32 hex digits; a "seq" means something together with this
  seq       the number of the entry, from 1, without holes
  time      when the server stored it, ISO 8601, UTC, e.g. 2026-11-22T12:03:11.245Z
  id        32 hex digits, unique in the room
  author    {"name", "user", "mark", "plain"}: user is 16 hex digits;
            mark is guest, bound, service, server or unknown;
            plain says that the words crossed the network unencrypted
  text      chat: what was said. leave: what the one who removed the author said, if anything
  replyTo   chat: the seq that this answers, if any
  reason    leave: left, lost, kicked, banned, ended or unknown
  by        leave: who removed the author, as author, if somebody did
  code      notice: announcement or unknown
  args      notice: list of texts; of an announcement the text alone
  of        removal: the seq of the entry that was erased; removed stands where one was
  next      gap: the seq of the next entry
New types and fields may be added; skip those that you do not know.
`,
  trust: `Say that a server has this certificate from now on. Do so when kentongan has stopped because of a changed certificate, and the fingerprint is the one on the server's screen.`,
  trustEnd: `Examples:
  ${KENTONGAN} trust 192.168.1.5 2f8a…    64 digits, as the server shows them; colons are allowed
  ${KENTONGAN} trust --list               the servers that were met, with their fingerprints
  ${KENTONGAN} trust --forget 192.168.1.5:7660
`,
  identity: `Your key makes a name yours: the first server that you enter with it binds the name to it, and gives it to nobody else. Several devices may have the same key, and be in a room at once. ${KENTONGAN} chat and send use the key of your name by themselves, tail that of NAME@HOST; over an encrypted connection only.`,
  identityEnd: `Examples:
  ${KENTONGAN} identity create --name alice
  ${KENTONGAN} identity export alice.key    on another device: ${KENTONGAN} identity import alice.key
  ${KENTONGAN} identity show                which keys there are

A - in the place of FILE is standard output, or input. The file is the key: keep a copy in a safe place.
`,
  identityCommands: {
    create: 'make a key for a name',
    show: 'show the keys that there are, without what is secret of them',
    export: 'write a key to a file, for another device or for safekeeping',
    import: 'take over a key from such a file',
    delete: 'delete a key from this device',
  },
  target: 'where: [name@][host[:port]][/room], or a link kentongan://…',
  server: 'the server: HOST or HOST:PORT',
  fingerprint: 'its fingerprint, from its screen: 64 digits',
  file: 'the file; - is standard output or input',
  text: 'what to say; without it standard input is read',
  options: {
    help: 'show this help',
    version: 'show the version',
    lang: 'language of the texts: en or id (default: from KENTONGAN_LANG, LC_ALL, LC_MESSAGES or LANG)',
    to: 'where to: [name@][host[:port]][/room], or a link kentongan://…',
    room: 'the room; @name: to that person in private (default: lobby)',
    name: 'who says it (default: the name of your only key, else your login name)',
    whole: 'all of standard input is one message',
    id: '32 hex digits or a UUID: a repeat with the same id and text is said only once',
    json: 'one JSON object per line, see below',
    after: 'begin behind the entry with this number; 0: at the very beginning',
    last: 'begin with so many old entries (default: 10)',
    follow: 'go on with what comes (default)',
    noFollow: 'end when what is there now is written',
    guest: 'come as a guest, though there is a key for the name',
    code: "the server's password or an invite code (also KENTONGAN_CODE); kept when it has worked",
    list: 'show the servers that are known',
    forget: 'forget a server: the next time it is a new one',
    identityName: 'whose key (default: the only one)',
    forceFile: 'replace the file',
    forceKey: 'replace another key of that name',
    forceDelete: 'there is a copy, or the name is given up',
  },
  exitCodes: `Exit codes: 0 all is well, 1 failed or refused, 2 wrong command line,
3 the server can not be reached, 4 it is not the one that is meant,
130 interrupted by Ctrl-C.
`,
  more: (command) => `For help: ${KENTONGAN} ${command}--help`,
  unknownCommand: (command) => `There is no command ${command}.`,
  didYouMean: (what) => `Did you mean ${what}?`,
  unknownOption: (option) => `There is no option ${option}.`,
  missingValue: (option) => `A value is missing: ${option}`,
  tooManyArguments: 'Too many arguments.',
  badNumber: (option, value) => `${option} needs a whole number from 0 on, not ${value}.`,
  badId: (value) => `--id needs 32 hex digits or a UUID, not ${value}.`,
  badLanguage: (value) => `There is no language ${value}. There are en and id.`,
  idNeedsOneMessage: '--id is for one message: give the text, or --whole.',
  wholeNeedsInput: '--whole reads standard input: leave the text out.',
  afterOrLast: 'Give --after or --last, not both.',
  privateTail: `Private rooms can not be read along, only in ${KENTONGAN} chat.`,
};
