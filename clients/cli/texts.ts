// What a table of texts must have. One table per language; nothing that people read stands elsewhere.
import type { FaultName } from '../../src/protocol/index.ts';
import type { SecurityTexts } from './security-texts.ts';
import type { TargetProblem } from './target.ts';

export const LANGUAGES = ['en', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a fault said beside its code, and what was asked. Texts are safe for a terminal. */
export interface FaultFacts {
  readonly name: string;
  readonly limit: number;
  readonly retryAfterSeconds: number;
  /** The name with which this client came; '' without one. */
  readonly wanted: string;
  /** `host:port`. */
  readonly address: string;
  /** It came with a key. */
  readonly byKey: boolean;
  /** The connection has no TLS. */
  readonly isPlain: boolean;
}

/** Every fault: what it means to the person, and what to do. */
export type FaultTexts = Readonly<Record<FaultName, (facts: FaultFacts) => string>> & {
  /** Codes that this version does not know, by their class. */
  readonly UNKNOWN: (code: number, facts: FaultFacts) => string;
};

/** Everything in parameters is safe for a terminal already. */
export interface Texts {
  readonly language: Language;
  /** For Intl; dates and numbers follow it. */
  readonly locale: string;
  readonly help: HelpTexts;
  readonly faults: FaultTexts;
  readonly targets: Readonly<Record<TargetProblem, (part: string) => string>>;
  readonly problems: ProblemTexts;
  readonly security: SecurityTexts;
  readonly chat: ChatTexts;
  readonly lines: LineTexts;
  readonly send: SendTexts;
  readonly tail: TailTexts;
}

/** Help, and what is wrong with a command line. */
export interface HelpTexts {
  readonly titles: Readonly<Record<'Usage:' | 'Arguments:' | 'Options:' | 'Commands:', string>>;
  /** What is typed for the program itself. */
  readonly program: string;
  readonly overview: string;
  readonly serverTitle: string;
  readonly overviewEnd: string;
  readonly commands: Readonly<
    Record<
      | 'chat'
      | 'send'
      | 'tail'
      | 'trust'
      | 'identity'
      | 'serve'
      | 'status'
      | 'announce'
      | 'log'
      | 'invite'
      | 'names'
      | 'help',
      string
    >
  >;
  readonly chat: string;
  readonly chatEnd: string;
  readonly send: string;
  readonly sendEnd: string;
  readonly tail: string;
  readonly tailEnd: string;
  readonly trust: string;
  readonly trustEnd: string;
  readonly identity: string;
  readonly identityEnd: string;
  readonly identityCommands: Readonly<Record<'create' | 'show' | 'export' | 'import' | 'delete', string>>;
  readonly target: string;
  readonly server: string;
  readonly fingerprint: string;
  readonly file: string;
  readonly text: string;
  readonly options: Readonly<
    Record<
      | 'help'
      | 'version'
      | 'lang'
      | 'to'
      | 'room'
      | 'name'
      | 'whole'
      | 'id'
      | 'json'
      | 'after'
      | 'last'
      | 'follow'
      | 'noFollow'
      | 'guest'
      | 'code'
      | 'list'
      | 'forget'
      | 'identityName'
      | 'forceFile'
      | 'forceKey'
      | 'forceDelete',
      string
    >
  >;
  readonly exitCodes: string;
  /** `command`: '' or with a space behind it. */
  readonly more: (command: string) => string;
  readonly unknownCommand: (command: string) => string;
  readonly didYouMean: (what: string) => string;
  readonly unknownOption: (option: string) => string;
  readonly missingValue: (option: string) => string;
  readonly tooManyArguments: string;
  readonly badNumber: (option: string, value: string) => string;
  readonly badId: (value: string) => string;
  readonly badLanguage: (value: string) => string;
  readonly idNeedsOneMessage: string;
  readonly wholeNeedsInput: string;
  readonly afterOrLast: string;
  readonly privateTail: string;
}

/** What stops a command. */
export interface ProblemTexts {
  readonly refused: (address: string) => string;
  readonly notFound: (host: string, room: string) => string;
  readonly timedOut: (address: string) => string;
  readonly noRoute: (address: string) => string;
  readonly failed: (address: string, detail: string) => string;
  readonly ended: (address: string) => string;
  readonly silent: (address: string) => string;
  readonly notKentongan: (address: string) => string;
  readonly stateCorrupt: (path: string) => string;
  readonly stateUnreadable: (path: string, detail: string) => string;
  readonly stateUnwritable: (path: string, detail: string) => string;
  readonly logChanged: string;
  readonly logTruncated: string;
  readonly left: string;
  readonly closed: string;
  readonly defect: (detail: string) => string;
}

/** The conversation: prompts, states, answers. */
export interface ChatTexts {
  readonly askName: (guess: string) => string;
  readonly nameNeeded: string;
  readonly connecting: (address: string) => string;
  readonly welcome: (name: string, room: string, address: string) => string;
  readonly welcomeHelp: string;
  readonly memoryOnly: string;
  readonly logsPrivate: string;
  readonly lost: string;
  readonly lostBecause: (why: string) => string;
  readonly back: string;
  readonly serverStopping: string;
  readonly promptConnecting: string;
  readonly promptRetry: (seconds: number) => string;
  readonly promptUnsent: (count: number) => string;
  readonly unsent: (text: string, why: string) => string;
  readonly notStored: (text: string) => string;
  readonly perhapsStored: (text: string) => string;
  readonly outcomes: (stored: number, unstored: number, unknown: number) => string;
  readonly waiting: (count: number, seconds: number) => string;
  readonly notEntered: (room: string, seconds: number) => string;
  readonly goodbye: string;
  readonly hereAlready: (name: string) => string;
  readonly newSince: string;
  readonly skipped: (count: number) => string;
  readonly truncated: string;
  readonly newLog: (room: string) => string;
  readonly gap: string;
  readonly historyStart: (room: string) => string;
  readonly historyEnd: string;
  readonly historyNothing: string;
  readonly roomNow: (room: string, members: number) => string;
  readonly roomLeft: (room: string) => string;
  readonly roomLost: (room: string, why: string) => string;
  readonly noRoom: string;
  readonly notInRoom: (room: string) => string;
  readonly who: (room: string, count: number) => string;
  readonly whoHeld: string;
  readonly whoYou: string;
  /** Of a user whose name is bound to a key. */
  readonly whoBound: string;
  /** Of a user whose words cross the network unencrypted; `sign` stands behind the name everywhere. */
  readonly whoPlain: (sign: string) => string;
  readonly listeners: (count: number) => string;
  readonly rooms: string;
  readonly roomLine: (members: number, newest: number) => string;
  readonly privateOpened: (peer: string) => string;
  readonly privateNews: (peer: string) => string;
  readonly privateEnded: (peer: string) => string;
  readonly unknownCommand: (command: string) => string;
  readonly needsName: string;
  readonly needsRoom: string;
  readonly badCount: string;
  readonly tooLong: (bytes: number, limit: number) => string;
  readonly help: readonly (readonly [command: string, meaning: string])[];
}

/** One entry of a log, as a line. */
export interface LineTexts {
  /** `notes`: what is to know of the one who came, perhaps ''. */
  readonly joined: (name: string, notes: string) => string;
  readonly bound: string;
  readonly plain: string;
  readonly left: (name: string) => string;
  readonly lost: (name: string) => string;
  readonly kicked: (name: string, by: string, text: string) => string;
  readonly banned: (name: string, by: string, text: string) => string;
  readonly ended: (name: string) => string;
  readonly held: (name: string) => string;
  /** The other one of a private room: has lost the connection, or is not there at all and reads it later. */
  readonly away: (name: string) => string;
  readonly here: (name: string) => string;
  readonly announcement: (text: string) => string;
  /** What entry `of` said was erased. */
  readonly removal: (of: number) => string;
  /** Something that was erased stood here. */
  readonly removed: string;
  readonly unknown: string;
  readonly program: string;
  readonly you: string;
  readonly nobody: string;
  readonly answers: (seq: number) => string;
}

/** `kentongan send`. */
export interface SendTexts {
  readonly prompt: string;
  readonly progress: (stored: number, read: number) => string;
  /** The server takes so many a second. */
  readonly progressSlowed: (stored: number, read: number, rate: number) => string;
  readonly done: (stored: number, duplicates: number, room: string) => string;
  readonly nothing: string;
  readonly lineTooLong: (line: number, bytes: number, limit: number) => string;
  readonly lineNotUtf8: (line: number) => string;
  readonly wholeTooLong: (bytes: number, limit: number) => string;
  readonly wholeNotUtf8: string;
  readonly textTooLong: (bytes: number, limit: number) => string;
  readonly stoppedAt: (line: number, stored: number) => string;
  readonly refused: (line: number, why: string) => string;
  readonly refusedOne: (why: string) => string;
  readonly unconfirmed: (count: number, first: number) => string;
  readonly interrupted: (stored: number) => string;
  readonly inputFailed: (detail: string) => string;
  readonly waiting: (seconds: number) => string;
  readonly giveUp: (seconds: number) => string;
}

/** `kentongan tail`. */
export interface TailTexts {
  readonly lost: (seconds: number, why: string) => string;
  readonly back: string;
  readonly gap: (next: number) => string;
  readonly truncated: (first: number) => string;
  readonly newLog: string;
}
