// English: certificates, keys and codes.
import { KENTONGAN } from './called.ts';
import { labelled } from './fingerprint.ts';
import type { SecurityTexts } from './security-texts.ts';

export const SECURITY_EN: SecurityTexts = {
  firstUse: (address, fingerprint) =>
    `First time at ${address}. Is this what the server's screen shows?
${labelled('  ', fingerprint)}`,
  changed: (address, before, now, command) =>
    `The server at ${address} shows another certificate than before. Nothing was sent to it.
${labelled('  before  ', before)}
${labelled('  now     ', now)}
Either the server was set up anew (another data directory, another machine), or somebody stands between you and it.
Ask whoever runs the server which fingerprint is on its screen. Only if it is the one that is shown now:
  ${command}`,
  byAuthority: 'one that an authority known to this system vouched for',
  notInvited: (address, invited, now) =>
    `The server at ${address} is not the one that the link invites to. Nothing was sent to it.
${labelled('  link    ', invited)}
${labelled('  server  ', now)}
Either the link is old (the server was set up anew), or somebody stands between you and it. Ask for a new link.`,
  hostsDamaged: (path, line) =>
    `Which certificate this server had can not be read: line ${line} of ${path} is damaged. Mend or remove that line, then compare the fingerprint with the one on the server's screen.`,
  hostsLineDamaged: (path, line) => `Line ${line} of ${path} can not be read; it is left as it is.`,
  notTls: (address, plain) =>
    `What answers at ${address} speaks no TLS, so nothing was sent to it.
If you know that it is a kentongan server without encryption, write ${plain}
Then everybody on the way can read and change what is said, and take your place; a key is not used there.`,
  otherProtocol: (address) =>
    `What answers at ${address} speaks TLS, but is no kentongan server. Check the address and the port.`,
  tlsRefused: (address) =>
    `The server at ${address} ended the TLS handshake. It may be full, or speak no version of TLS that this client does (1.2 and 1.3).`,
  tlsTimeout: (address) =>
    `${address} took the connection but did not finish the TLS handshake. It may be busy, or no kentongan server. Try again.`,
  exposed: 'This connection is not encrypted: everybody on the network can read it, and speak for you.',
  keyNotUsed: (name) =>
    `Your key for ${name} is not used over an unencrypted connection: you come in as a guest. Without kentongan+plain:// it is.`,
  keyDamaged: (path) =>
    `The file with your key is damaged: ${path}\nBring back the one that you exported (${KENTONGAN} identity import FILE --force). Without it the name is lost until whoever runs the server releases it. --guest does without a key.`,
  noProof: (address) =>
    `The server at ${address} asks for a proof of your key that can not be given on this connection. Update this client, or come as a guest with --guest.`,
  askCode: (address) => `${address} wants its password or an invite code: `,
  codeRefused: 'That is not it.',
  trust: {
    badFingerprint: (text) =>
      `"${text}" is no fingerprint: it has 64 digits 0-9 and a-f, as the server shows it on its screen.`,
    needsFingerprint: `Which fingerprint? Write it as ${KENTONGAN} trust HOST[:PORT] FINGERPRINT, from the server's screen.`,
    oneThing: 'Give a server with its fingerprint, or --list, or --forget with a server.',
    trusted: (address, fingerprint) =>
      `From now on ${address} is the server with this fingerprint:
${labelled('  ', fingerprint)}`,
    none: 'No server was met yet.',
    forgotten: (address) =>
      `${address} is forgotten. The next time it is a new server, whoever answers there then.`,
    unknown: (address) => `${address} was never met.`,
  },
  identity: {
    badName: (name) =>
      `"${name}" can not be a name. Letters, digits and _ - . are, at most 32; it begins with a letter or digit.`,
    needsName: 'Which name? Give it with --name.',
    created: (name, path) =>
      `Made a key for ${name}: ${path}
The first server that you enter as ${name} binds the name to it,
and gives it to nobody else. For another device, and for safekeeping:
  ${KENTONGAN} identity export FILE     here
  ${KENTONGAN} identity import FILE     there`,
    exists: (name) =>
      `There is a key for ${name} already. Another one would be somebody else to every server that knows it.`,
    none: `There is no key here yet. Make one: ${KENTONGAN} identity create --name NAME`,
    noneOf: (name) => `There is no key for ${name} here.`,
    several: (names) => `There are several: ${names}. Say which one with --name.`,
    shown: (name, key, user, path) => `${name}\n  key   ${key}\n  user  ${user}\n  file  ${path}`,
    exported: (name, file) =>
      `Wrote the key of ${name} to ${file}. Whoever has this file is ${name}: carry it safely, then delete it.`,
    fileExists: (file) => `${file} exists already. Give another name, or --force to replace it.`,
    fileMissing: (file) => `There is no ${file}. Check the path.`,
    fileFailed: (file, detail) => `${file} can not be used: ${detail}`,
    imported: (name) => `This device has the key of ${name} now.`,
    same: (name) => `This device has this key of ${name} already.`,
    otherKey: (name) =>
      `There is another key for ${name} here. It would be lost: export it first, then import with --force.`,
    standardInput: 'Standard input',
    notOne: (file) => `${file} is no identity. ${KENTONGAN} identity export FILE makes one.`,
    laterVersion: (file) => `${file} comes from a later version of kentongan. Update this one.`,
    damaged: (file) => `${file} is damaged: it was changed or cut on its way. Export it again.`,
    deleteNeedsForce: (name) =>
      `Without its key nobody can be ${name} on the servers that know it. Export it first (${KENTONGAN} identity export FILE); then repeat with --force.`,
    deleted: (name) => `The key of ${name} is deleted from this device.`,
  },
};
