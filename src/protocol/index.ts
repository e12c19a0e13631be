// The public names of kentongan/protocol. Runs in Node and in browsers.
export {
  Fault,
  type FaultClass,
  type FaultDetails,
  type FaultName,
  faultClass,
  faultCloses,
  faultName,
} from './faults.ts';
export {
  decodeFrame,
  encodeBody,
  encodeFrame,
  frameOf,
  isEntry,
  type Stamp,
  stampBody,
  systemFrame,
} from './frame.ts';
export { FrameSplitter, withPrefix, writePrefix } from './framing.ts';
export {
  Author,
  Chat,
  Direct,
  Draining,
  Durability,
  Fault as FaultMessage,
  FaultCode,
  Frame,
  Hello,
  History,
  Join,
  Joined,
  Leave,
  Limits,
  Mark,
  Mode,
  Notice,
  NoticeCode,
  Page,
  Position,
  Presence,
  PresenceState,
  Reason,
  RoomInfo,
  Rooms,
  Roster,
  Status,
  Stored,
  System,
  Welcome,
} from './gen/kentongan/v1/kentongan.ts';
export * as limits from './limits.ts';
export { isName, isPrivateRoom, isPublicRoom, recipientOf, utf8Bytes } from './names.ts';
export { type Request, readRequest } from './request.ts';

/** The versions of the protocol that this code speaks. */
export const VERSION_MIN = 1;
export const VERSION_MAX = 1;
/** Where a server listens unless told otherwise: below the ephemeral ports, unassigned at IANA. */
export const DEFAULT_PORT = 7660;
export const DEFAULT_ROOM = 'lobby';
