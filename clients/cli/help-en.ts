// English: help, and what is wrong with a command line.
import type { HelpTexts } from './texts.ts';

export const HELP_EN: HelpTexts = {
  titles: {
    'Usage:': 'Usage:',
    'Arguments:': 'Arguments:',
    'Options:': 'Options:',
    'Commands:': 'Commands:',
  },
  overview: 'Chat for the machines on one network.',
  serverTitle: 'For whoever runs the server (help: kentongan serve --help, …):',
  overviewEnd: `Begin:
  kentongan serve                     on one machine; it prints what to type on the others
  kentongan chat                      on the same machine
  kentongan chat 192.168.1.5          on another one
`,
  commands: {
    chat: 'talk, in this terminal',
    send: 'say something and end, for scripts',
    tail: 'read along, for scripts and screens',
    serve: 'run a server on this machine',
    status: 'show how the server on this machine is doing',
    announce: 'tell a room something, as the operator of the server',
    log: 'verify, export, back up, restore the log; erase a message',
    help: 'show this, or the help of a command',
  },
  chat: `Talk in a room. What you leave out is asked for or guessed: the server is this machine, the room is lobby, the name is asked for. Type /help inside for what you can do there. Without a terminal, lines are read from standard input and written to standard output.`,
  chatEnd: `Examples:
  kentongan chat                      the lobby of this machine
  kentongan chat alice@192.168.1.5    as alice, the lobby of another machine
  kentongan chat alice@192.168.1.5/physics
  kentongan chat '[fe80::1%eth0]:7660/physics'
  kentongan chat kentongan+plain://192.168.1.5:7660/lobby

Your name is yours on this machine: a secret and your place in each room are kept in
$KENTONGAN_STATE, else $XDG_STATE_HOME/kentongan, else ~/.local/state/kentongan
(Windows: %LOCALAPPDATA%\\kentongan), so that you come back as yourself.
`,
  send: `Say the text; without a text, each line of standard input is one message (empty lines are left out). Ends when the server has stored all of it, in order. If the connection is lost, it is made again and nothing is sent twice.`,
  sendEnd: `Examples:
  kentongan send hello world
  kentongan send --to alice@192.168.1.5/physics "the lesson begins"
  make 2>&1 | kentongan send --room builds
  kentongan send --whole < poem.txt
  kentongan send --id "$ID" done      repeat it with the same ID: it is said once

Text that begins with a dash stands behind --, as in: kentongan send -- -5 degrees
A line that is longer than a message may be, or is not UTF-8, ends the command with its number:
everything before it is stored, nothing from it on is sent.
`,
  tail: `Write what is said in a room to standard output, from the last lines on. You are not listed and need no name, but people see that somebody listens.`,
  tailEnd: `Examples:
  kentongan tail                      the last 10 lines of the lobby, and what comes
  kentongan tail --last 100 --no-follow 192.168.1.5/physics
  kentongan tail --json --after 0 | jq -r 'select(.type=="chat").text'

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
  target: 'where: [name@][host[:port]][/room]',
  text: 'what to say; without it standard input is read',
  options: {
    help: 'show this help',
    version: 'show the version',
    lang: 'language of the texts: en or id (default: from KENTONGAN_LANG, LC_ALL, LC_MESSAGES or LANG)',
    to: 'where to: [name@][host[:port]][/room]',
    room: 'the room; @name: to that person in private (default: lobby)',
    name: 'who says it (default: your login name)',
    whole: 'all of standard input is one message',
    id: '32 hex digits or a UUID: a repeat with the same id and text is said only once',
    json: 'one JSON object per line, see below',
    after: 'begin behind the entry with this number; 0: at the very beginning',
    last: 'begin with so many old entries (default: 10)',
    follow: 'go on with what comes (default)',
    noFollow: 'end when what is there now is written',
  },
  exitCodes: `Exit codes: 0 all is well, 1 failed or refused, 2 wrong command line,
3 the server can not be reached, 130 interrupted by Ctrl-C.
`,
  more: (command) => `For help: ${command} --help`,
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
  privateTail: 'Private rooms can not be read along, only in kentongan chat.',
};
