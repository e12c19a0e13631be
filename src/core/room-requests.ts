// Answers what an open session asks about rooms: join, leave, chat, history, rosters, the list of rooms.
import { sameBytes } from '../protocol/bytes.ts';
import { Fault } from '../protocol/faults.ts';
import { encodeBody, encodeChat, frameOf } from '../protocol/frame.ts';
import { Durability, Mark, Mode, Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { Request } from '../protocol/request.ts';
import { type Outcome, seqOf } from '../roomlog/roomlog.ts';
import { type Address, decodeStored, failureFault, joinedFrame, roomsFrame, storedFrame } from './answers.ts';
import { Attachment, type AttachmentMode } from './attachment.ts';
import { historyAnswerer } from './history.ts';
import { placeCursor } from './placing.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';
import { authorOf } from './user.ts';

type RoomRequest = Exclude<Request, { kind: 'hello' | 'proof' | 'ping' | 'pong' }>;
type JoinRequest = Request & { kind: 'join' };
type ChatRequest = Request & { kind: 'chat' };

const MODES: Record<Mode, AttachmentMode> = {
  [Mode.UNSPECIFIED]: 'member',
  [Mode.MEMBER]: 'member',
  [Mode.QUIET]: 'quiet',
  [Mode.SEND_ONLY]: 'send-only',
};

const DURABILITIES = { memory: Durability.MEMORY, disk: Durability.DISK };

/** @throws Fault what is refused at once; later refusals go to `session.refuse` */
export function answerRoomRequest(session: Session, request: RoomRequest): void {
  switch (request.kind) {
    case 'join':
      join(session, request);
      return;
    case 'leave':
      leave(session, request.ref, attachmentTo(session, request.room));
      return;
    case 'chat':
      chat(session, request, attachmentTo(session, request.room));
      return;
    case 'history': {
      const { ledger } = attachmentTo(session, request.room).room;
      const answerer = historyAnswerer(request, request.history, ledger);
      session.requests.add(request, answerer, () => ledger.revision);
      return;
    }
    case 'rosterRequest':
      attachmentTo(session, request.room).answerRoster(request.ref);
      return;
    case 'roomsRequest':
      session.requests.add({ ref: request.ref, room: '' }, (ready) => {
        const { rooms, last } = session.hub.rooms.list(request.request.prefix, request.request.after);
        ready([roomsFrame(request.ref, rooms, last)]);
      });
  }
}

function attachmentTo(session: Session, room: string): Attachment {
  const attachment = session.attachments.get(room);
  if (attachment !== undefined) return attachment;
  const isDamaged = session.hub.rooms.visible(room, session.user)?.isDamaged === true;
  throw new Fault(isDamaged ? 'ROOM_QUARANTINED' : 'NOT_A_MEMBER');
}

// Join

function join(session: Session, request: JoinRequest): void {
  const mode = MODES[request.join.mode];
  const { user } = session;
  if (user === undefined && mode !== 'quiet') throw new Fault('NOT_NAMED');
  const assertPlace = (): void => {
    const { roomsPerSession: limit } = session.hub.settings;
    if (session.attachments.size >= limit) throw new Fault('TOO_MANY_ROOMS', { limit });
  };
  const room = session.hub.rooms.find(request.room, user, mode !== 'quiet', assertPlace);
  const attached = session.attachments.get(room.name);
  if (attached === undefined) assertPlace();
  else if (attached.mode !== mode) throw new Fault('BAD_FIELD', { name: 'mode' });
  const release = session.inlet.hold();
  const to = { ref: request.ref, room: request.room };
  const decided = (fault?: Fault): void => {
    if (fault === undefined && session.isOpen) {
      place(session, attached ?? attach(session, room, mode), request, release);
      return;
    }
    if (fault !== undefined) session.refuse(to, fault);
    release();
  };
  if (user !== undefined && mode === 'member') room.enter(user, session.connection, decided);
  else room.ledger.whenDecided(decided);
}

function attach(session: Session, room: Room, mode: AttachmentMode): Attachment {
  const attachment = new Attachment(session, room, mode);
  session.attachments.set(room.name, attachment);
  room.attach(attachment);
  return attachment;
}

/** Finds out whether the client's position is one of this log, then starts the stream there. */
function place(session: Session, attachment: Attachment, request: JoinRequest, release: () => void): void {
  const { ledger } = attachment.room;
  const { have } = request.join;
  const start = (checkHolds: boolean): void => {
    if (session.attachments.get(attachment.room.name) === attachment) {
      startStream(session, attachment, request, checkHolds);
    } else {
      const why = attachment.room.isDamaged ? 'ROOM_QUARANTINED' : 'NO_SUCH_ROOM';
      session.refuse({ ref: request.ref, room: request.room }, new Fault(why));
    }
    release();
  };
  const known = have !== undefined && sameBytes(have.logId, ledger.logId);
  if (!known || have.check === 0 || have.seq < ledger.oldest || have.seq > ledger.newest) {
    start(true);
    return;
  }
  ledger.readRange({ from: have.seq, to: have.seq, bytesMax: 1 }, (result) => {
    start(result.status !== 'run' || decodeStored(result.bytes).check === have.check);
  });
}

function startStream(
  session: Session,
  attachment: Attachment,
  request: JoinRequest,
  checkHolds: boolean,
): void {
  const { room } = attachment;
  const { ledger } = room;
  const { status, first } = placeCursor(request.join, ledger, checkHolds);
  if (!checkHolds) {
    const seq = request.join.have?.seq ?? 0;
    const event = 'position-refused';
    session.hub.ports.observe({ event, room: room.name, name: session.user?.name ?? '', seq });
  }
  const peer = room.peerOf(session.user);
  const to = { ref: request.ref, room: room.name };
  attachment.isJoined = true;
  session.outlet.answer(
    joinedFrame(to, {
      status,
      logId: ledger.logId,
      first,
      newest: ledger.newest,
      oldest: ledger.oldest,
      durability: DURABILITIES[session.hub.log.durability],
      peer: peer && authorOf(peer),
    }),
  );
  if (attachment.mode !== 'send-only' && !session.isFinishing) attachment.follow(first);
}

// Leave

function leave(session: Session, ref: number, attachment: Attachment): void {
  const { room } = attachment;
  const { user } = session;
  const release = session.inlet.hold();
  const dismiss = (seq: number): void => {
    if (session.isOpen && session.attachments.get(room.name) === attachment) {
      session.dismiss(attachment, Reason.LEFT, ref, seq);
    }
    release();
  };
  const appendLeave = (): void => {
    if (user === undefined || !room.isLastOf(attachment)) {
      dismiss(0);
      return;
    }
    room.leave(user, Reason.LEFT, (outcome) => {
      if (outcome.status === 'failed') {
        session.refuse({ ref, room: room.name }, failureFault(outcome.failure));
        release();
      } else dismiss(seqOf(outcome));
    });
  };
  if (room.isLastOf(attachment)) appendLeave();
  // Behind everything that this session has under way here, so that each Stored comes before the Left. Who
  // was not the last one of this user may be it by then.
  else room.ledger.whenDecided(appendLeave);
}

// Chat

function chat(
  session: Session,
  { ref, room: name, id, chat: said }: ChatRequest,
  attachment: Attachment,
): void {
  const { user, hub } = session;
  const { room, mode } = attachment;
  if (user === undefined) throw new Fault('NOT_NAMED');
  if (mode === 'member' && !room.hasPending(user)) throw new Fault('NOT_A_MEMBER');
  if (hub.rooms.isOneSided(room)) throw new Fault('NO_RECIPIENT');
  session.lines.assertOpen(name);
  const author = authorOf(user, session.connection.plain, mode === 'member' ? user.mark : Mark.SERVICE);
  const ownId = id.slice();
  const content = encodeChat(said);
  const body = encodeBody(frameOf({ $case: 'chat', value: said }, { room: name, author, id: ownId }));
  const proposal = { id: ownId, digest: hub.ports.crypto.sha256(join2(user.hash, content)), body };
  const to = { ref, room: name, id: ownId };
  const decided = session.inlet.appending(body.length);
  room.ledger.append(proposal, (outcome) => {
    answerChat(session, to, outcome);
    decided();
  });
}

function answerChat(session: Session, to: Address & { readonly id: Uint8Array }, outcome: Outcome): void {
  if (!session.isOpen) return;
  switch (outcome.status) {
    case 'stored':
      if (to.ref !== 0) {
        const { seq, time } = outcome.stamp;
        session.outlet.answer(storedFrame(to, { seq, time, duplicate: false }));
      }
      return;
    case 'duplicate':
      if (!outcome.same) session.refuseChat(to, new Fault('ID_REUSED', { seq: outcome.seq }));
      else if (to.ref !== 0) {
        const { seq, time } = outcome;
        session.outlet.answer(storedFrame(to, { seq, time, duplicate: true }));
      }
      return;
    case 'failed':
      session.refuseChat(to, failureFault(outcome.failure));
  }
}

function join2(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
