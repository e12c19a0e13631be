// English.
import { KENTONGAN } from './called.ts';
import { FAULTS_EN } from './faults-en.ts';
import { HELP_EN } from './help-en.ts';
import { SECURITY_EN } from './security-en.ts';
import type { Texts } from './texts.ts';

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
}

const by = (who: string): string => (who === '' ? '' : ` by ${who}`);
const saying = (text: string): string => (text === '' ? '' : `: ${text}`);

export const TEXTS_EN: Texts = {
  language: 'en',
  locale: 'en-GB',
  help: HELP_EN,
  faults: FAULTS_EN,
  security: SECURITY_EN,
  targets: {
    form: (part) =>
      `I do not understand "${part}". Write it as [name@][host[:port]][/room], e.g. alice@192.168.1.5/lobby`,
    port: (part) => `"${part}" is no port. A port is a number from 1 to 65535.`,
    room: (part) =>
      `"${part}" can not be a room. Rooms have letters, digits and _ - . and begin with a letter or digit; @name is a private one.`,
    scheme: (part) => `"${part}" is not known here. Write host/room or kentongan://host/room`,
    fingerprint: (part) =>
      `"${part}" is no fingerprint: behind # stand 64 digits 0-9 and a-f. Was the link copied as a whole? Write it in quotes: 'kentongan://…'`,
    plainFingerprint: () =>
      'A fingerprint belongs to a certificate, and kentongan+plain:// has none. Write kentongan:// instead.',
    code: () => 'That can not be a password or an invite code: it has 1 to 128 bytes.',
    server: (part) => `"${part}" is no server alone. Write it as HOST or HOST:PORT, e.g. 192.168.1.5:7660`,
  },
  problems: {
    refused: (address) =>
      `Nobody answers at ${address}. Is the server running? Start one there with: ${KENTONGAN} serve`,
    notFound: (host, room) =>
      `There is no machine called "${host}". Check the name, or use the address that the server printed. (A room is written with a slash: ${room})`,
    timedOut: (address) =>
      `No answer from ${address}. Is it the right address, in the same network, and does a firewall let the port through?`,
    noRoute: (address) => `There is no way to ${address}. Is this machine connected to that network?`,
    failed: (address, detail) => `The connection to ${address} failed: ${detail}`,
    ended: (address) => `${address} hung up.`,
    silent: (address) => `${address} went silent.`,
    notKentongan: (address) =>
      `What answers at ${address} does not speak as a kentongan server of this version does.`,
    stateCorrupt: (path) =>
      `The file that says who you are is damaged: ${path}\nRestore it, or move it away to begin as somebody new (your name is free again when the server has let go of it).`,
    stateUnreadable: (path, detail) =>
      `The file that says who you are can not be read: ${path} (${detail})\nMend its permissions, or set KENTONGAN_STATE to another directory.`,
    stateUnwritable: (path, detail) =>
      `Who you are can not be remembered in ${path} (${detail})\nMend its permissions, or set KENTONGAN_STATE to another directory.`,
    logChanged:
      'The room began anew meanwhile. Whether this was said in the old one is unknown; say it again if it matters.',
    logTruncated:
      'Too much has happened since. Whether this was said is unknown; look at /history, and say it again if it is missing.',
    left: 'You left the room before it was sent.',
    closed: 'The connection ended before it was sent.',
    defect: (detail) => `This client has made a mistake: ${detail}`,
  },
  chat: {
    askName: (guess) => (guess === '' ? 'Your name: ' : `Your name [${guess}]: `),
    nameNeeded: `A name is needed, e.g. ${KENTONGAN} chat alice@host`,
    connecting: (address) => `Connecting to ${address} …`,
    welcome: (name, room, address) => `You are ${name}, in ${room} at ${address}.`,
    welcomeHelp: 'Type and press Enter. /help shows what else there is, Ctrl-D leaves.',
    memoryOnly: 'This server keeps what is said in memory only: it is gone when the server stops.',
    logsPrivate: 'The operator of this server also logs private messages.',
    lost: 'Connection lost. What you type is kept and sent later.',
    lostBecause: (why) => `Connection lost: ${why} What you type is kept and sent later.`,
    back: 'Connected again.',
    serverStopping: 'The server is stopping. It is tried again by itself.',
    promptConnecting: 'connecting',
    promptRetry: (seconds) => `offline, next try in ${seconds} s`,
    promptUnsent: (n) => `${n} not sent yet`,
    unsent: (text, why) => `Not sent: ${text}\n${why}`,
    notStored: (text) => `Not stored: ${text}`,
    perhapsStored: (text) => `Perhaps stored: ${text}`,
    outcomes: (stored, unstored, unknown) =>
      `${count(stored, 'message', 'messages')} stored, ${unstored} not stored${
        unknown > 0 ? `, ${unknown} unknown: look at the history before you repeat them` : ''
      }.`,
    waiting: (n, seconds) =>
      `${count(n, 'message is', 'messages are')} not stored yet: waiting ${seconds} seconds at most.`,
    notEntered: (room, seconds) => `${room} could not be entered in ${seconds} seconds: giving up.`,
    goodbye: 'Goodbye.',
    hereAlready: (name) => `You are here as ${name} already, in another window; there it ends now.`,
    newSince: 'new',
    skipped: (n) => `${count(n, 'older entry is', 'older entries are')} not shown here; /history shows more.`,
    truncated: 'Older messages that you have not seen no longer exist.',
    newLog: (room) => `${room} began anew: what was said before is gone.`,
    gap: 'Some messages are missing here: they no longer exist.',
    historyStart: (room) => `earlier in ${room}`,
    historyEnd: 'now',
    historyNothing: 'There is nothing earlier.',
    roomNow: (room, members) => `You are in ${room} now, ${count(members, 'person', 'people')} here.`,
    roomLeft: (room) => `You left ${room}.`,
    roomLost: (room, why) => `You are no longer in ${room}. ${why}`,
    noRoom: 'You are in no room. Enter one with /join ROOM; /rooms shows which there are.',
    notInRoom: (room) => `You are not in ${room}.`,
    who: (room, n) => `${room}: ${count(n, 'person', 'people')}`,
    whoHeld: 'connection lost',
    whoYou: 'you',
    whoBound: 'key',
    whoPlain: (sign) => `${sign} unencrypted`,
    listeners: (n) => `${count(n, 'listener', 'listeners')} not listed`,
    rooms: 'Rooms:',
    roomLine: (members, newest) =>
      `${count(members, 'person', 'people')}, ${count(newest, 'entry', 'entries')}`,
    privateOpened: (peer) => `What you type now goes to ${peer} alone. /leave ends that.`,
    privateNews: (peer) => `${peer} writes to you in private. Answer with: /msg ${peer} TEXT`,
    privateEnded: (peer) => `The private conversation with ${peer} is over: ${peer} has gone.`,
    unknownCommand: (command) =>
      `There is no command ${command}. /help shows those that there are; // begins a message with a slash.`,
    needsName: 'Who? Write it as /msg NAME TEXT',
    needsRoom: 'Which room? Write it as /join ROOM',
    badCount: 'How many? Write it as /history 50',
    tooLong: (bytes, limit) =>
      `That is too long: ${bytes} bytes, at most ${limit} fit into one message. Shorten it.`,
    help: [
      ['/msg NAME TEXT', 'write in private; without TEXT: go on with that person'],
      ['/who', 'who is in this room'],
      ['/rooms', 'which rooms there are'],
      ['/join ROOM', 'enter a room, or go to one that you are in'],
      ['/leave [ROOM]', 'leave a room'],
      ['/history [N]', 'show N earlier messages; again: still earlier ones'],
      ['/quit', 'leave everything and end (also Ctrl-D, Ctrl-C)'],
      ['//…', 'a message that begins with a slash'],
      ['Tab, ↑, ↓', 'complete a command or a name; your earlier lines'],
    ],
  },
  lines: {
    joined: (name, notes) => `${name} came in${notes === '' ? '' : ` (${notes})`}`,
    bound: 'key',
    plain: 'unencrypted',
    left: (name) => `${name} left`,
    lost: (name) => `${name} is gone (connection lost)`,
    kicked: (name, who, text) => `${name} was removed${by(who)}${saying(text)}`,
    banned: (name, who, text) => `${name} was banned${by(who)}${saying(text)}`,
    ended: (name) => `${name} left, the room ended`,
    held: (name) => `${name} lost the connection`,
    away: (name) => `${name} is away`,
    here: (name) => `${name} is back`,
    announcement: (text) => `Announcement: ${text}`,
    removal: (of) => `message #${of} was erased`,
    removed: 'an erased message',
    unknown: 'something that this client is too old to show',
    program: 'program',
    you: 'you',
    nobody: 'somebody',
    answers: (seq) => `answers #${seq}`,
  },
  send: {
    prompt: 'Each line is one message. Ctrl-D ends.',
    progress: (stored, read) => `${stored} of ${read} stored`,
    progressSlowed: (stored, read, rate) =>
      `${stored} of ${read} stored; the server takes ${count(rate, 'line', 'lines')} a second`,
    done: (stored, duplicates, room) =>
      `${count(stored, 'message', 'messages')} stored in ${room}${
        duplicates > 0 ? `, ${count(duplicates, 'of them was', 'of them were')} there already` : ''
      }.`,
    nothing: 'There was nothing to send.',
    lineTooLong: (line, bytes, limit) =>
      `Line ${line} is too long: ${bytes} bytes or more, at most ${limit} fit into one message. Split it.`,
    lineNotUtf8: (line) => `Line ${line} is not UTF-8. Convert the text first, e.g. with iconv.`,
    wholeTooLong: (bytes, limit) =>
      `The text is too long: ${bytes} bytes or more, at most ${limit} fit into one message. Without --whole each line is a message.`,
    wholeNotUtf8: 'The text is not UTF-8. Convert it first, e.g. with iconv.',
    textTooLong: (bytes, limit) =>
      `The text is too long: ${bytes} bytes, at most ${limit} fit into one message.`,
    stoppedAt: (line, stored) =>
      `Nothing from line ${line} on was sent. Before it ${count(stored, 'message was', 'messages were')} stored.`,
    refused: (line, why) => `Line ${line} was refused: ${why}`,
    refusedOne: (why) => `Refused: ${why}`,
    unconfirmed: (n, first) =>
      `Whether ${count(n, 'message', 'messages')} from line ${first} on arrived is unknown. Look with ${KENTONGAN} tail before you repeat.`,
    interrupted: (stored) =>
      `Interrupted. ${count(stored, 'message was', 'messages were')} stored for certain.`,
    inputFailed: (detail) => `Standard input can not be read: ${detail}`,
    waiting: (seconds) => `connection lost, next try in ${seconds} s`,
    giveUp: (seconds) => `No connection for ${seconds} seconds: giving up.`,
  },
  tail: {
    lost: (seconds, why) => `${why} Next try in ${seconds} s.`,
    back: 'Connected again.',
    gap: (next) => `Entries are missing here: those before ${next} no longer exist.`,
    truncated: (first) => `The log begins at ${first} now: older entries no longer exist.`,
    newLog: 'The room began anew: earlier numbers no longer count.',
  },
};
