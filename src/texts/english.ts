// English.
import { englishAccess } from './english-access.ts';
import { englishLimits } from './english-limits.ts';
import { englishLog } from './english-log.ts';
import { englishTls } from './english-tls.ts';

/** The table that says which texts there are. */
export const english = {
  ...englishAccess,
  ...englishLog,
  ...englishLimits,
  ...englishTls,
  // What the program is called by; `textsOf` may give another one.
  command: 'kentongan',
  // What went wrong at the start, and what to do.
  'config.unknown': '{where}: there is no such setting. There are: {known}.',
  'config.bad.host':
    '{where}: "{value}" is no address to listen on. Give an IP address or a host name of this machine.',
  'config.bad.port': '{where}: "{value}" is no port. Give a number from 0 (any free one) to 65535.',
  'config.bad.data': '{where}: "{value}" is no path of a directory.',
  'config.bad.log': '{where}: "{value}" is no path of a file.',
  'config.bad.log-private': '{where}: "{value}" is neither true nor false.',
  'config.bad.log-size':
    '{where}: "{value}" is no size from 64KiB to 1PiB, nor 0 for any size. Write it like 64MiB.',
  'config.bad.log-files': '{where}: "{value}" is no number from 0 to 1000.',
  'config.bad.operator-log': '{where}: "{value}" is no path of a file. "-" is standard error.',
  'config.bad.operator-log-size':
    '{where}: "{value}" is no size from 64KiB to 1PiB, nor 0 for any size. Write it like 64MiB.',
  'config.bad.operator-log-files': '{where}: "{value}" is no number from 0 to 1000.',
  'config.bad.grace': '{where}: "{value}" is no time from 0 to 24h. Write it like 30s, 2m or 500ms.',
  'config.bad.engine': '{where}: "{value}" is no engine. Give sqlite (on disk) or memory.',
  'config.bad.retain': '{where}: "{value}" is no size from 1MiB to 1024TiB. Write it like 64MiB.',
  'config.bad.retain-count': '{where}: "{value}" is no number from 1 to 1000000000000.',
  'config.bad.retain-age':
    '{where}: "{value}" is no time with a unit, from 1s to 36500d. Write it like 30d, 12h or 90m.',
  'config.bad.reserve': '{where}: "{value}" is no size from 0 to 1024TiB. Write it like 64MiB.',
  'config.bad.quiet': '{where}: "{value}" is neither true nor false.',
  'config.bad.lang': '{where}: "{value}" is no language that this server speaks. Give en or id.',
  'config.unreadable':
    'The configuration file {path} can not be read ({reason}). Check the path after --config.',
  'config.toml': '{path}, line {line}, column {column}: this is no TOML. {reason}',
  'config.same-file':
    'chat.log and the operator log can not be the same file ({path}). Change --log or --operator-log.',
  'start.data':
    'The data directory {path} can not be used ({reason}). Choose another one with --data, or change its permissions.',
  'start.data-in-use':
    'The data directory {path} is in use by a running server. Stop that server, or choose another directory with --data.',
  'start.data-in-use-by':
    'The data directory {path} is in use by a running server (process {pid}). Stop that server, or choose another directory with --data.',
  'start.log':
    'The log {path} can not be written ({reason}). Choose another file with {flag}, or change its permissions.',
  'start.log-directory':
    'The log {path} can not be written: its directory does not exist. Create the directory, or choose another file with {flag}.',
  'start.port-in-use':
    'Port {port} is already in use on this machine. Stop the other program, or choose another port with --port.',
  'start.port-forbidden': 'Port {port} may not be used by this user. Choose one above 1023 with --port.',
  'start.host':
    'This machine can not listen on the address {host} ({reason}). Give one of its own addresses with --host, or none for all of them.',
  'start.listen': 'The server can not listen on {host}, port {port} ({reason}).',
  'start.control':
    'The status socket {path} can not be made ({reason}). Choose another data directory with --data.',
  'start.status-only':
    '"{command}" needs a running server: none is using the data directory {path}. Start one with "kentongan serve", or name its directory with --data.',
  'control.failed': 'The server that uses {path} did not answer ({reason}).',
  'control.refused': 'The server refused: {reason}',
  'announce.no-room': 'There is no room {room} on this server. "kentongan status" lists its rooms.',
  'announce.too-long': 'The text is too long. At most {limit} bytes can be announced at once.',
  'announce.empty': 'There is nothing to announce: the text is empty.',
  'announce.done': 'Announced in {room} as #{seq}.',

  // The first lines of `serve`.
  'serve.listening': 'Kentongan {version} is listening on {host}, port {port}.',
  'serve.all-addresses': 'all addresses',
  'serve.others': 'Others on this network type:',
  'serve.no-others': 'No other machine can reach {host}; without --host all can.',
  'serve.no-network': 'This machine has no network address: only its own users can connect.',
  'serve.here': 'On this machine:',
  'serve.chat-log': 'Chat log:     {path}',
  'serve.operator-log': 'Operator log: {path}',
  'serve.stderr': 'standard error',
  'serve.log': 'Messages:     {path}',
  'serve.memory': 'Messages are kept in memory: they are lost when the server stops.',
  'serve.disk': 'Messages are kept on disk: they survive a crash and a loss of power.',
  'serve.storage-short': 'NOTHING CAN BE STORED: {free} MiB of the disk are free, {reserve} are reserved.',
  'serve.storage-short.advice': 'Make space on the disk, or reserve less with --reserve.',
  'serve.log-private': 'Private rooms are written to the chat log, too; everybody is told so.',
  'serve.stop': 'Ctrl+C stops the server.',
  'serve.stopping': 'Stopping. What was said is being delivered; Ctrl+C again stops at once.',
  'serve.stopped': 'Stopped.',
  'serve.cut': 'Stopped; some readers had not received everything.',

  // What happens: one line each.
  'event.joined': '{name} joined {room} from {address}',
  'event.left.left': '{name} left {room}',
  'event.left.lost': '{name} lost the connection and left {room}',
  'event.left.ended': '{name} left {room}, which ended',
  'event.refused': '{address} was refused: {fault}',
  'event.refused.named': '{name} ({address}) was refused: {fault}',
  'event.refused.room': '{name} ({address}) was refused in {room}: {fault}',
  'event.closed': '{name} ({address}) was disconnected: {fault}',
  'event.stranger': '{address} was refused: it does not speak this protocol',
  'event.no-place': '{address} was refused: there is no place for more connections',
  'event.suppressed.refusals': '{count:more refusal|more refusals}',
  'event.suppressed.visits': '{count:more event|more events} of people who come and go',
  'event.suppressed.troubles': '{count:more warning like this|more warnings like these}',
  'event.position-refused':
    '{name} holds messages of {room} that this server does not have (#{seq}). Was an older copy of the data put back?',
  'event.append-failed': 'The messages of {room} can not be stored: {fault}',
  'event.defect': 'A defect of the server closed one connection. The operator log has the details.',
  'event.log-trouble':
    '{path} can not be written ({reason}). The chat goes on; lines follow when it is possible again.',
  'event.log-position-lost':
    'Nothing says which messages {path} has already: {count:old one was|old ones were} not written to it, so that none is there twice. "kentongan log rebuild-chatlog" makes it whole.',
  'event.log-recovered': '{path} is written again.',
  'event.announced': 'Announced in {room} as #{seq}.',
  'event.erased': '#{of} of {room} was erased; #{seq} says so there.',
  'event.room-quarantined':
    '{room} is closed, its log is damaged: {sessions} connections were in it. Nobody gets in any more.',
  'event.listener-failed': 'The listening socket failed: {reason}',
  'event.room-damaged':
    'THE LOG OF {room} IS DAMAGED ({kind}): the room is closed, the others go on. "kentongan log verify" tells more.',
  'event.room-damaged.entries':
    'THE LOG OF {room} IS DAMAGED (#{from} to #{to}, {kind}): the room is closed, the others go on. "kentongan log verify" tells more.',
  'event.storage-full':
    'THE DISK IS FULL ({free} MiB free): nothing is stored until there is space, and whoever sends is told so.',
  'event.storage-recovered': 'There is space on the disk again: messages are stored.',
  'event.storage-failed':
    'THE DISK FAILED ({reason}): nothing is stored until the server is started again. Check the disk first.',
  'event.mark-unreadable':
    'log.mark could not be read for {rooms:room|rooms}. Each was checked whole; whether newer messages were lost can not be said.',
  'event.dropped': '{count:line was|lines were} not shown: the terminal did not take them.',

  // `status`.
  'status.server': 'Kentongan {version}, process {pid}, up {uptime}',
  'status.listening': 'Listening on:    {address}',
  'status.clients': 'Connections:     {sessions}, of {users} users',
  'status.durability.memory': 'Storage:         memory (lost when the server stops)',
  'status.durability.disk': 'Storage:         disk, {size} MiB; {free} MiB free',
  'status.storage.full': 'THE DISK IS FULL: nothing is stored until there is space.',
  'status.storage.read-only': 'THE DISK FAILED: nothing is stored until the server is started again.',
  'status.damaged': 'DAMAGED:         {room} ({kind})',
  'status.damaged.entries': 'DAMAGED:         {room}, #{from} to #{to} ({kind})',
  'status.memory': 'Memory:          {rss} MiB, heap {heap} MiB, on the way {flight} KiB',
  'status.loop': 'Event loop:      late by {p50} ms (median), {p99} ms (99 %), {max} ms (worst)',
  'status.heap': 'Live heap:       {live} MiB, and {external} MiB outside of it (garbage collected)',
  'status.measured':
    'In {span}:       late by {p50} ms (median), {p99} ms (99 %), {p999} ms (99.9 %), {p9999} ms (99.99 %), {max} ms (worst)',
  'status.refusals': 'Refused so far:  {list}',
  'status.chat-log': 'Chat log:        {path}, behind by {lag}',
  'status.chat-log-trouble': 'Chat log:        {path} CAN NOT BE WRITTEN, behind by {lag}',
  'status.private': 'Private rooms:   {count}',
  'status.room': 'Room',
  'status.members': 'Members',
  'status.held': 'Held',
  'status.listeners': 'Listeners',
  'status.newest': 'Newest',
  'status.lag': 'Slowest is behind by',

  // Help.
  'help.program': 'the server of Kentongan: a chat for the machines on one network',
  'help.serve': 'start a server',
  'help.status': 'show how a server on this machine is doing',
  'help.announce': 'tell a room something as the server',
  'help.host': 'address to listen on (default: all of this machine)',
  'help.port': 'port to listen on, 0 = any free one (default: {port})',
  'help.data': 'data directory (default: ./kentongan-data)',
  'help.log': 'what was said, one line each (default: chat.log in the data directory)',
  'help.log-private': 'write private rooms to the chat log, too; everybody is told',
  'help.no-log-private': 'do not (default)',
  'help.log-size':
    'how large a file of the chat log gets before a new one is begun, 0 = any size (default: 64MiB)',
  'help.log-files': 'how many old ones are kept: chat.log.1 is the newest (default: 10)',
  'help.operator-log':
    'what happened, JSON lines; - = standard error (default: operator.log in the data directory)',
  'help.operator-log-size':
    'how large a file of it gets before a new one is begun, 0 = any size (default: 64MiB)',
  'help.operator-log-files': 'how many old ones are kept: operator.log.1 is the newest (default: 10)',
  'help.grace': 'how long the place of a lost connection is held (default: 30s)',
  'help.engine': 'where rooms are kept: sqlite = on disk, memory = nowhere (default: sqlite)',
  'help.retain': 'what a room keeps at least (default: everything; in memory 64MiB)',
  'help.retain-count': 'how many entries a room keeps at least (default: no limit)',
  'help.retain-age': 'how long a room keeps an entry, e.g. 30d (default: for ever)',
  'help.reserve': 'with less free space on the disk nothing is stored (default: 64MiB)',
  'help.ready': 'print one line with the real address once the server listens; format: json',
  'help.quiet': 'print warnings alone',
  'help.no-quiet': 'print everything (default)',
  'help.config': 'settings from a TOML file; flags and environment win',
  'help.lang': 'language of messages: en, id (default: that of the system)',
  'help.json': 'print JSON',
  'help.heap': 'collect the garbage first, and show what is left; stops the server for a moment',
  'help.measure':
    'measure how late the event loop is, once a millisecond: for this time, or since this was last asked',
  'help.room': 'room to tell (default: {room})',
  'help.text': 'what to tell',
  'help.help': 'show this help',
  'help.version': 'show the version',
  'help.usage': 'Usage:',
  'help.options': 'Options:',
  'help.commands': 'Commands:',
  'help.arguments': 'Arguments:',
  'help.examples': 'Examples:',
  'help.example.serve': 'everything by default',
  'help.example.port': 'another port and data directory',
  'help.example.local': 'for this machine alone',
  'help.example.lab': 'for a room of learners, who type a code',
  'help.example.config': 'settings from a file, e.g. port = 7700',
  'help.example.ready': 'for scripts: any free port, told as JSON',
  'help.example.status': 'for people',
  'help.example.status-json': 'for programs',
  'help.example.status-measure': 'measure for half a minute, then show',
  'help.example.announce': 'to everybody in the lobby',
  'help.example.announce-room': 'to another room',
  'help.settings':
    'Every option but --config and --ready is also a key of the file, and a variable: log-private = true, KENTONGAN_LOG_PRIVATE=true.',
  'help.signals':
    'SIGINT and SIGTERM stop the server after delivering what was said; SIGHUP opens the logs again, and reads the certificate and the password again.',
  'usage.unknown-option': 'There is no option {what}.',
  'usage.unknown-command': 'There is no command {what}.',
  'usage.missing-argument': 'Something is missing: {what}.',
  'usage.missing-value': 'The option {what} needs a value.',
  'usage.excess': 'There are more words than this command takes. Put a text of several words in quotes.',
  'usage.ready': '--ready: "{value}" is no format. Give json.',
  'usage.measure': '--measure: "{value}" is no time from 1ms to 1h. Write it like 30s.',
  'usage.other': '{what}',
  'usage.hint': '"kentongan {command}--help" shows what there is.',
} as const;

/** The name of a text. */
export type TextKey = keyof typeof english;
