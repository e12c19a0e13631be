// English: who may connect, and how much of everything.

export const englishLimits = {
  'config.bad-limit.count': '{where}: "{value}" is no whole number from {min} to {max}.',
  'config.bad-limit.time':
    '{where}: "{value}" is no time from {min} to {max}. Write it like 30s, 2m or 500ms.',
  'config.bad-limit.age':
    '{where}: "{value}" is no time with a unit, from {min} to {max}. Write it like 90d.',
  'config.bad.plain':
    '{where}: "{value}" is no choice. Give loopback (unencrypted from this machine alone) or lan (from everywhere).',
  'config.bad.cert': '{where}: "{value}" is no path of a file.',
  'config.bad.key': '{where}: "{value}" is no path of a file.',
  'config.bad.names':
    '{where}: "{value}" are no host names. Write them like chat.example or chat.example,chat.local.',
  'config.bad.origins':
    '{where}: "{value}" are no origins of web pages. Write them like https://chat.example, without a path.',
  'config.bad.password-file': '{where}: "{value}" is no path of a file.',
  'config.bad.members-only': '{where}: "{value}" is neither true nor false.',
  'config.bad.lab': '{where}: "{value}" is neither true nor false.',
  'config.bad.rate-for':
    '{where}: "{value}" grants no rates. Write it like bot=1000,clock=5: a name, and its messages a second from 0 (any number) to 1000000.',

  'help.group.access': 'Who may connect:',
  'help.group.limits': 'Limits:',
  'help.plain':
    'from where unencrypted connections are taken: loopback = this machine alone, lan = everywhere, marked with ! (default: loopback)',
  'help.cert':
    'certificate of this server, PEM (default: one of its own, made on the first start, in the data directory)',
  'help.key': 'the private key that belongs to --cert, PEM',
  'help.names': "host names of this server beside its machine's own: a,b",
  'help.origins': "pages that may connect from a browser beside this server's own: https://a,https://b",
  'help.password-file': 'file whose first line everybody has to know (default: none)',
  'help.members-only': 'only names that are bound to a key get in; no guests',
  'help.no-members-only': 'guests get in (default)',
  'help.lab':
    'for a room of learners: an invite code on the screen, one day of history, loose limits for one address',
  'help.no-lab': 'do not (default)',
  'help.limit.connections': 'connections in all',
  'help.limit.connections-per-address': 'connections from one address',
  'help.limit.newcomers': 'connections that have not said who they are; beyond it the oldest goes',
  'help.limit.handshake-timeout': 'time for each step before the first frame: first byte, TLS, HTTP request',
  'help.limit.hello-timeout': 'time to say who one is',
  'help.limit.hellos': 'tries to say who one is, for one connection',
  'help.limit.attempts': 'tries of one address that may fail in a minute: passwords, proofs, names',
  'help.limit.rate': 'messages a second of one session before it is slowed, 0 = any number',
  'help.limit.burst': 'messages that a session may send at once; unless given, twice --rate',
  'help.rate-for': 'other rates for some names: bot=1000,clock=5 (default: none)',
  'help.limit.requests': 'other requests a second of one session, four times as many at once, 0 = any number',
  'help.limit.rooms-per-session': 'rooms that one session may be in',
  'help.limit.rooms': 'rooms of this server in all',
  'help.limit.held-per-address': 'names that lost connections of one address may hold',
  'help.limit.bindings-per-address': 'names that may be bound to keys from one address in a day',
  'help.limit.bound-names': 'names that may be bound to keys in all',
  'help.limit.bound-ttl': 'a bound name is free again when nobody has used it for so long',
  'help.limit.stall': 'time that a client may leave what it was sent unread',
  'help.limit.ping-interval': 'time after which a silent client is asked whether it is there',
  'help.default': '(default: {default})',
  'help.default-lab': '(default: {default}; with --lab {lab})',
} as const;
