// Opens the port, or says what to do.
import { Port, type PortOptions } from '../net/port.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/** @throws StartError for every reason why a port can not be had */
export async function startListening(options: PortOptions): Promise<Port> {
  try {
    return await Port.listen(options);
  } catch (error) {
    const { port, host = '*' } = options;
    const reason = reasonOf(error);
    switch (reason) {
      case 'EADDRINUSE':
        throw new StartError('start.port-in-use', { port });
      case 'EACCES':
        throw new StartError('start.port-forbidden', { port });
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EINVAL':
        throw new StartError('start.host', { host, reason });
      default:
        if (/^ERR_(OSSL|SSL)_/.test(reason)) throw new StartError('start.tls-refused', { reason });
        throw new StartError('start.listen', { host, port, reason });
    }
  }
}
