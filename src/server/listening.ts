// Opens the port, or says what to do.
import { TcpListener, type TcpOptions } from '../net/tcp.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/** @throws StartError for every reason why a port can not be had */
export async function startListening(options: TcpOptions): Promise<TcpListener> {
  try {
    return await TcpListener.listen(options);
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
        throw new StartError('start.listen', { host, port, reason });
    }
  }
}
