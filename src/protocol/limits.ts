// Every number of the protocol that bounds something. Units last, biggest word first.
// docs/protocol.md §14 prints this table and a test compares the two.

/** Largest frame in either direction, without its prefix. A constant of the protocol, never configured. */
export const FRAME_BYTES_MAX = 65_536;
/** Largest frame from a client before it has its Welcome. */
export const FRAME_BYTES_MAX_BEFORE_WELCOME = 4_096;
/** Elements of repeated fields in a frame from a client. None that is right has more than 32; lists are what servers send. */
export const ELEMENTS_MAX = 2_048;
/** Length of the prefix: one unsigned 32-bit big-endian number. */
export const PREFIX_BYTES = 4;

/** Chat.text. Leaves room in a frame for everything that the server adds, and for the frame in a Page. */
export const TEXT_BYTES_MAX = 16_384;
/** Sealed.data. */
export const SEALED_BYTES_MAX = 49_152;
/** Room that a Page needs around its entries: envelope, tags, lengths. */
export const PAGE_OVERHEAD_BYTES_MAX = 256;
/** Any log entry, stamped, without its prefix: what fits in a Page with room to spare. */
export const ENTRY_BYTES_MAX = FRAME_BYTES_MAX - 2 * PAGE_OVERHEAD_BYTES_MAX;
/** The text of a Leave or a Fault. */
export const REASON_TEXT_BYTES_MAX = 512;
export const FAULT_TEXT_BYTES_MAX = 200;

/** Names of users and public rooms, in the canonical form. */
export const NAME_CODE_POINTS_MAX = 32;
export const NAME_BYTES_MAX = 96;
export const SOFTWARE_BYTES_MAX = 64;
export const LOCALE_BYTES_MAX = 35;
export const CAPABILITIES_MAX = 32;
export const CAPABILITY_BYTES_MAX = 32;

export const ENTRY_ID_BYTES = 16;
export const LOG_ID_BYTES = 16;
export const SERVER_ID_BYTES = 16;
export const SECRET_BYTES = 32;
export const USER_BYTES = 8;
export const NONCE_BYTES = 8;
/** An Ed25519 public key and signature. */
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const CHALLENGE_NONCE_BYTES = 32;
export const CLIENT_NONCE_BYTES = 16;
/** What a proof is tied to, whatever it is. */
export const BINDING_BYTES = 32;
export const PASSWORD_BYTES_MAX = 128;

export const HISTORY_ENTRIES_MAX = 500;
export const HISTORY_ENTRIES_DEFAULT = 100;
/** Rooms in one answer to a RoomsRequest. */
export const ROOMS_PAGE_MAX = 256;

/** Bytes that the server may have sent since the newest answered Ping: the default and the minimum. */
export const WINDOW_BYTES_MIN = 131_072;
export const PINGS_OUTSTANDING_MAX = 8;
/** A client may send a Ping this often; the server answers more, but counts its answers (KTG-11.6). */
export const CLIENT_PING_INTERVAL_MS_MIN = 1_000;

/** Hellos that one connection may try. */
export const HELLOS_MAX = 5;
/** Frames that are answered with NOT_OPEN behind a refused Hello. */
export const NOT_OPEN_FRAMES_MAX = 64;
/** Input that waits behind an undecided Join before the server stops reading. */
export const INPUT_WAITING_BYTES_MAX = 65_536;
/** Discarded after a closing fault, before the connection is cut. */
export const LINGER_BYTES_MAX = 262_144;
export const LINGER_MS = 2_000;

export const ROOMS_PER_SESSION_MAX = 64;
export const SESSIONS_PER_USER_MAX = 8;
export const APPENDS_IN_FLIGHT_PER_SESSION_MAX = 64;
export const APPENDS_IN_FLIGHT_PER_SESSION_BYTES_MAX = 262_144;
export const APPENDS_IN_FLIGHT_TOTAL_BYTES_MAX = 16_777_216;
/** History, roster and room-list requests that may wait for the window; one more is refused as BUSY. */
export const REQUESTS_WAITING_MAX = 16;
/** Rooms, public and private, of one server. */
export const ROOMS_PER_SERVER_MAX = 10_000;
export const ANNOUNCEMENT_BYTES_MAX = 16_384;
