import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
/** As it is told to servers. */
export const SOFTWARE = `kentongan ${VERSION}`;
