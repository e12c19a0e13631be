// The public names of kentongan/protocol. Runs in Node and in browsers.
export { hexOf, sameBytes } from './bytes.ts';
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
  encodePage,
  frameOf,
  isEntry,
  payloadsOf,
  type Stamp,
  stampBody,
  systemFrame,
} from './frame.ts';
export { FrameSplitter, withPrefix, writePrefix } from './framing.ts';
export {
  Author,
  Binding,
  Challenge,
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
  Left,
  Limits,
  Mark,
  Mode,
  Notice,
  NoticeCode,
  Page,
  Position,
  Presence,
  PresenceState,
  Proof,
  Reason,
  Removal,
  Removed,
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
export { proofMessage } from './proof.ts';
export { asUuid7 } from './uuid.ts';
export { DEFAULT_PORT, DEFAULT_ROOM, VERSION_MAX, VERSION_MIN } from './version.ts';
