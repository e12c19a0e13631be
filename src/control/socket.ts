// The status socket: how `kentongan status`, `announce` and `log erase` reach a running server.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import * as v from 'valibot';
import { prepareControlPath, removeControlPath } from './path.ts';
import type { InviteFacts, InviteStatus, NameStatus } from './access.ts';
import type { ServerStatus } from './status.ts';

/** How long an invite code may hold, and what may be noted with it. */
export const EXPIRES_MS_MAX = 31_536_000_000;
export const NOTE_CHARACTERS_MAX = 80;

/**
 * One JSON object a line in, one out: `{"ok":true, …}` with what was asked for, and for whatever can not be done
 * `{"ok":false,"reason":…}`.
 *
 * - `status` → `status`; with `heap` and `measure` also what these cost something to find out
 * - `announce`, `erase` → `seq` of what was said, or of the Removal
 * - `invite` → `invite`; with `expiresMs` a new code is made
 * - `invites` → `invites`; `revoke` a code, its number, or `all` → `count`
 * - `names` → `names`; `release` one → `count`
 */
const REQUEST = v.variant('do', [
  v.object({
    do: v.literal('status'),
    heap: v.optional(v.boolean()),
    measure: v.optional(v.boolean()),
  }),
  v.object({ do: v.literal('announce'), room: v.string(), text: v.string() }),
  v.object({ do: v.literal('erase'), room: v.string(), seq: v.number() }),
  v.object({
    do: v.literal('invite'),
    expiresMs: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(EXPIRES_MS_MAX))),
    note: v.optional(v.pipe(v.string(), v.maxLength(NOTE_CHARACTERS_MAX))),
  }),
  v.object({ do: v.literal('invites') }),
  v.object({ do: v.literal('revoke'), which: v.string() }),
  v.object({ do: v.literal('names') }),
  v.object({ do: v.literal('release'), name: v.string() }),
]);

/** What `status` is asked beside what costs nothing. */
export interface StatusQuestion {
  /** Collect the garbage, and say what is left. */
  readonly heap?: boolean | undefined;
  /** Say how late the event loop was since this was last asked, and begin anew. */
  readonly measure?: boolean | undefined;
}

/** What a server does for those who ask. */
export interface ControlHandler {
  status(question: StatusQuestion): Promise<ServerStatus>;
  /** Rejects with an Error whose message is the fault's name. */
  announce(room: string, text: string): Promise<{ seq: number }>;
  /** Rejects with an Error whose message is why not, an `EraseRefusal`. */
  erase(room: string, seq: number): Promise<{ seq: number }>;
  /** Rejects with an Error whose message is why not: `TOO_MANY_INVITES`, or the name of a fault. */
  invite(question: InviteQuestion): Promise<InviteFacts>;
  invites(): readonly InviteStatus[];
  /** How many were revoked. Rejects with an Error whose message is the fault's name. */
  revoke(which: string): Promise<number>;
  names(): readonly NameStatus[];
  /** Rejects with an Error whose message is `NO_SUCH_NAME` or the name of a fault. */
  release(name: string): Promise<void>;
}

/** What an invite is asked for. */
export interface InviteQuestion {
  /** Make a code that holds so long. */
  readonly expiresMs?: number | undefined;
  readonly note?: string | undefined;
}

export type ControlRequest = v.InferOutput<typeof REQUEST>;

export type ControlReply =
  | { readonly ok: true; readonly status: ServerStatus }
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: true; readonly invite: InviteFacts }
  | { readonly ok: true; readonly invites: readonly InviteStatus[] }
  | { readonly ok: true; readonly names: readonly NameStatus[] }
  | { readonly ok: true; readonly count: number }
  | { readonly ok: false; readonly reason: string };

const LINE_CHARACTERS_MAX = 262_144;
const CONNECTIONS_MAX = 16;
const IDLE_MS = 10_000;

/**
 * Owns: the socket's file. Only the user who runs the server may connect: the file is 0600.
 */
export class ControlSocket {
  readonly #server: Server;
  readonly #data: string;
  readonly #path: string;
  readonly #open = new Set<Socket>();

  private constructor(data: string, path: string, handler: ControlHandler) {
    this.#data = data;
    this.#path = path;
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      serve(socket, handler);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** The caller holds the lock of the data directory. @throws the system's error */
  static async listen(data: string, handler: ControlHandler): Promise<ControlSocket> {
    const path = prepareControlPath(data);
    const control = new ControlSocket(data, path, handler);
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', reject);
      control.#server.listen(path, () => {
        control.#server.off('error', reject);
        control.#server.on('error', () => undefined);
        resolve();
      });
    });
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    return control;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    removeControlPath(this.#data, this.#path);
  }
}

function serve(socket: Socket, handler: ControlHandler): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > LINE_CHARACTERS_MAX) {
      socket.destroy();
      return;
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      void answer(line, handler).then((reply) => socket.write(`${JSON.stringify(reply)}\n`));
    }
  });
}

async function answer(line: string, handler: ControlHandler): Promise<ControlReply> {
  try {
    return { ok: true, ...(await done(v.parse(REQUEST, JSON.parse(line)), handler)) } as ControlReply;
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function done(request: ControlRequest, handler: ControlHandler): Promise<object> {
  switch (request.do) {
    case 'status':
      return { status: await handler.status(request) };
    case 'announce':
      return await handler.announce(request.room, request.text);
    case 'erase':
      return await handler.erase(request.room, request.seq);
    case 'invite':
      return { invite: await handler.invite(request) };
    case 'invites':
      return { invites: handler.invites() };
    case 'revoke':
      return { count: await handler.revoke(request.which) };
    case 'names':
      return { names: handler.names() };
    case 'release':
      await handler.release(request.name);
      return { count: 1 };
  }
}
