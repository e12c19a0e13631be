// The versions of the protocol that this code speaks, and where it is spoken unless told otherwise.

export const VERSION_MIN = 1;
export const VERSION_MAX = 1;
/** Below the ephemeral ports, unassigned at IANA. */
export const DEFAULT_PORT = 7660;
export const DEFAULT_ROOM = 'lobby';
