// English: what can be wrong with the server's key and certificate.

export const englishTls = {
  'start.tls-both':
    '--cert and --key belong together: {path} was given without the other one. Give both, or none: then the server uses a certificate of its own.',
  'start.tls-read':
    'The file {path} can not be read ({reason}). Check its path and its permissions: it belongs to the certificate of this server.',
  'start.tls-certificate':
    '{path} is no certificate. Give a file in PEM form, which begins with -----BEGIN CERTIFICATE-----.',
  'start.tls-key':
    '{path} is no private key that can be used. Give a file in PEM form, without a password, which begins with -----BEGIN PRIVATE KEY----- or alike.',
  'start.tls-pair':
    'The key in {key} is not the one of the certificate in {cert}. Give the two that belong together; in {cert} the certificate of this server comes first.',
  'start.tls-refused':
    'OpenSSL does not take the key and the certificate ({reason}). Give an ECDSA key of 256 bits or an RSA key of 2048 bits or more, and its certificate.',
  'start.tls-expired':
    'The certificate {path} has expired on {date}. Get a new one for the same names, or check the clock of this machine.',
  'start.tls-half':
    '{there} is there, but {missing} is not: a key and its certificate belong together. Bring back the missing file from a backup, or delete both: then new ones are made, and everybody who connects is asked to accept them.',
  'start.tls-make':
    'No certificate can be made in {path} ({reason}). Check the permissions of the data directory and the space on its disk.',
};
