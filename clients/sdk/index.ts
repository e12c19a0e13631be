// The public names of kentongan/client. Runs in Node and in browsers; TCP for Node is in tcp.ts.
export type {
  ClientEvents,
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
export { ClientError, type ClientErrorDetails, type ClientErrorReason } from './errors.ts';
export type { Dial, SdkClock, Transport, TransportListener } from './transport.ts';
