// `kentongan trust`: which certificate a server has, as the person says.
import { knownHosts } from './connect.ts';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { fingerprintGroups, fingerprintRows } from './fingerprint.ts';
import { safeText } from './safe-text.ts';
import { addressText, type Target } from './target.ts';

export type TrustRequest =
  | { readonly do: 'list' }
  | { readonly do: 'forget'; readonly server: Pick<Target, 'host' | 'port'> }
  | {
      readonly do: 'trust';
      readonly server: Pick<Target, 'host' | 'port'>;
      readonly fingerprint: string;
    };

/** Gives the exit code. @throws KnownHostsError */
export async function trust(request: TrustRequest, environment: Environment): Promise<number> {
  const hosts = knownHosts(environment);
  const { security } = environment.texts;
  const texts = security.trust;
  switch (request.do) {
    case 'list': {
      const known = await hosts.list();
      for (const { server, fingerprint, day } of known)
        environment.stdout.write(
          `${safeText(server)}  ${fingerprint === '' ? security.byAuthority : fingerprintGroups(fingerprint)}  ${day}\n`,
        );
      if (known.length === 0) environment.remark(texts.none);
      return EXIT.OK;
    }
    case 'forget': {
      const { host, port } = request.server;
      const address = safeText(addressText(request.server));
      const wasKnown = await hosts.forget(host, port);
      if (wasKnown) environment.remark(texts.forgotten(address));
      else environment.complain(texts.unknown(address));
      return wasKnown ? EXIT.OK : EXIT.FAILURE;
    }
    case 'trust': {
      const { server, fingerprint } = request;
      await hosts.accept(server.host, server.port, fingerprint);
      environment.remark(texts.trusted(safeText(addressText(server)), fingerprintRows(fingerprint)));
      return EXIT.OK;
    }
  }
}
