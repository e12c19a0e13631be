// The public names of kentongan/client. Runs in Node and in browsers; What needs Node is apart: tcp.ts, tls.ts,
// known-hosts.ts, identity.ts.
export type {
  ClientEvents,
  ClientIdentity,
  ClientOptions,
  ClientState,
  DirectInfo,
  HistoryOptions,
  HistoryPage,
  JoinedInfo,
  JoinOptions,
  LeftInfo,
  Member,
  Receipt,
  ReconnectOptions,
  RoomView,
  SendOptions,
} from './api.ts';
export { ChatClient } from './client.ts';
export { limitsOf } from './limits.ts';
export { realClock, realRandom } from './real-clock.ts';
export type { Entry, EntryKind } from './entry.ts';
export {
  ClientError,
  type ClientErrorDetails,
  type ClientErrorReason,
  type RefusedCertificate,
  type TlsProblem,
} from './errors.ts';
export { serverKey } from './server-key.ts';
export type { Bindings, Dial, SdkClock, Transport, TransportListener } from './transport.ts';
export { type CertificateFacts, type Judgement, readFingerprint, type Trust, trustOnly } from './trust.ts';
export {
  dialWebSocket,
  type WebSocketEvent,
  type WebSocketLike,
  type WebSocketOptions,
} from './websocket.ts';
