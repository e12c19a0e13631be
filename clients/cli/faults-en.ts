// English: every fault, in a person's words, with what to do.
import { KENTONGAN } from './called.ts';
import { faultClass } from '../../src/protocol/index.ts';
import type { FaultTexts } from './texts.ts';

const seconds = (n: number): string => (n === 1 ? '1 second' : `${n} seconds`);
const hours = (n: number): string => (n <= 3600 ? 'an hour' : `${Math.ceil(n / 3600)} hours`);

export const FAULTS_EN: FaultTexts = {
  NAME_TAKEN: ({ name, byKey }) => {
    if (byKey)
      return 'A guest without your key is in here under this name. If that is you in another window, leave there with /quit and come again, after half a minute if need be: then the key takes the name. Else choose another name.';
    return name === ''
      ? 'Somebody here has this name. Choose another one.'
      : `Somebody here is called ${name}. Choose another name.`;
  },
  NAME_HELD: ({ retryAfterSeconds, byKey }) =>
    byKey
      ? `A guest without your key was here under this name until just now, and may come back. The name is held for ${seconds(
          Math.max(retryAfterSeconds, 1),
        )} more: try again then.`
      : `This name is held for somebody who just lost the connection. Choose another one, or try again in ${seconds(
          Math.max(retryAfterSeconds, 1),
        )}.`,
  NAME_BAD: () =>
    'This name is not possible. Letters, digits and _ - . are, at most 32; it begins with a letter or digit.',
  NAME_CONFUSABLE: ({ name, wanted }) =>
    `${wanted === '' ? 'This name' : `The name ${wanted}`} looks too much like ${
      name === '' ? 'another one' : name
    }, which somebody else has here. Choose one that can not be mistaken for it.`,
  NOT_A_MEMBER: () => 'You are not in that room. Enter it with /join first.',
  NO_SUCH_ROOM: () =>
    'There is no such room. A room begins when somebody enters it or says something in it; /rooms shows those that there are.',
  NO_RECIPIENT: () => 'Nobody of that name can be written to in private. /who shows who is here.',
  FORBIDDEN: () => 'That is not allowed to you. Ask whoever runs the server.',
  TEXT_TOO_LONG: ({ limit }) => `The text is too long: at most ${limit} bytes. Say it in several messages.`,
  ID_REUSED: () => 'This id already stands for another message. Use a new id for a new text.',
  UNSUPPORTED: () => 'The server is older than this client and can not do that. Update the server.',
  TOO_MANY_ROOMS: ({ limit }) => `Too many rooms: at most ${limit}. Leave one with /leave first.`,
  ROOM_QUARANTINED: () => 'The log of this room is damaged. Tell whoever runs the server.',
  NOT_OPEN: () => 'The server was not ready for that yet. Try again.',
  NAME_BOUND: ({ wanted, isPlain, byKey, retryAfterSeconds }) => {
    const name = wanted === '' ? 'The name' : `The name ${wanted}`;
    // Only whoever had it by this key is told a time.
    if (byKey && retryAfterSeconds > 0) {
      return `${name} was taken from your key by whoever runs the server, and your key can not have it for ${hours(
        retryAfterSeconds,
      )} yet. Choose another name, or ask them.`;
    }
    return `${name} belongs to somebody with a key. Choose another one; or, if it is yours, ${
      isPlain
        ? 'come without kentongan+plain://: keys are used over encrypted connections alone.'
        : `come with its key: ${KENTONGAN} identity --help tells how.`
    }`;
  },
  BAD_FIELD: ({ name }) =>
    `The server refuses the field ${name === '' ? 'that was sent' : name}. Check what you typed; else update this client.`,
  NOT_NAMED: () => 'That needs a name. Give one with --name, or as name@host.',
  SECRET_USED: ({ name, byKey, address }) => {
    if (!byKey)
      return `You are still here as ${name === '' ? 'somebody else' : name}. Use that name, or leave there first.`;
    return name === ''
      ? 'Your key is in use here for another name. Use that one, or leave there first.'
      : `On this server your key stands for the name ${name}. Come as ${name}@${address}, or ask whoever runs the server to release that name.`;
  },
  TOO_MANY_SESSIONS: ({ limit }) =>
    `You are connected too often: at most ${limit} times. Close one of the others.`,
  PASSWORD_WRONG: ({ address }) =>
    `The server at ${address} wants its password or an invite code, or another one than was given. Say it with --code, or use the invite link; whoever runs the server has them.`,
  KEY_REQUIRED: ({ wanted, isPlain }) =>
    isPlain
      ? 'Only members with a key get in here, and keys are used over encrypted connections alone: come without kentongan+plain://.'
      : `Only members with a key get in here. Make one with ${KENTONGAN} identity create${
          wanted === '' ? '' : ` --name ${wanted}`
        }, ask whoever runs the server for an invite code, and come${wanted === '' ? ' as NAME@HOST' : ''} with --code CODE.`,
  RATE_LIMITED: ({ retryAfterSeconds }) =>
    `Too much at once for this server. Wait ${
      retryAfterSeconds > 0 ? seconds(retryAfterSeconds) : 'a moment'
    }, then try again; what was sent and not yet stored goes out by itself.`,
  STORAGE_FULL: () => "The server's disk is full. It is tried again; tell whoever runs the server.",
  STORAGE_READ_ONLY: () =>
    'The server can not write at present. It is tried again; tell whoever runs the server.',
  NO_QUORUM: () => 'Too few servers are reachable at present. It is tried again.',
  BUSY: () => 'The server is busy. It is tried again.',
  PAUSED: () => 'A moderator has paused the room. It is tried again.',
  OUT_OF_LINE: () => 'A message before this one was refused. Both are sent again, in order.',
  SLOW_READER: () => 'This end read too slowly, so the server hung up.',
  HELLO_TIMEOUT: () => 'This end was too slow to introduce itself.',
  SERVER_BUSY: ({ retryAfterSeconds }) =>
    `The server is full, or takes no more connections from this address. Try again ${
      retryAfterSeconds > 0 ? `in ${seconds(retryAfterSeconds)}` : 'later'
    }, or ask whoever runs it.`,
  DRAINING: () => 'The server is stopping.',
  MOVED: ({ name }) => `The server has moved${name === '' ? '' : ` to ${name}`}. Connect there.`,
  INTERNAL: () => 'The server has made a mistake of its own. Tell whoever runs it.',
  BAD_FRAME: () => 'The server did not understand this client. Update both to the same version.',
  FRAME_TOO_LARGE: () => 'What was sent is too large for the server. Send less at once.',
  BAD_PONG: () => 'The server did not understand this client. Update both to the same version.',
  UNEXPECTED: () => 'The server did not expect that. Update the client and the server to the same version.',
  VERSION: () => 'This client and the server speak different versions. Update the older one.',
  TLS_REQUIRED: ({ address }) =>
    `The server at ${address} only talks encrypted here, or knows you from an encrypted connection and takes your secret over no other. Write ${address} without kentongan+plain:// in front of it. Only whoever runs the server can let plain connections in, with --plain lan.`,
  AUTH_FAILED: ({ address }) =>
    `The server at ${address} does not accept the proof of your key, or whoever runs it has taken the name from it. Try once more; if it stays like that, somebody may stand between you and the server, or its certificate changed a moment ago: compare the fingerprint of ${KENTONGAN} trust --list with the server's screen.`,
  REPLACED: () => 'You connected again from somewhere else, so this one has ended. Go on there.',
  BANNED: () => 'You may not be here. Ask whoever runs the server.',
  UNKNOWN: (code) => {
    switch (faultClass(code)) {
      case 'stay':
        return `The server refuses that (fault ${code}). The same will be refused again; try something else.`;
      case 'retry':
        return `The server can not do that now (fault ${code}). It is tried again.`;
      case 'reconnect':
        return `The server hung up (fault ${code}). Try again later.`;
      case 'stop':
        return `The server hung up (fault ${code}). Update this client, or ask whoever runs the server.`;
    }
  },
};
