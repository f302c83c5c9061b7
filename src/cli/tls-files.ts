/** A file of certificates that the environment names, as the agent reads it as well. */
export interface TlsFile {
  /** Its name among the options of a TLS connection, and among the settings of the agent. */
  readonly option: 'ca' | 'cert' | 'key';
  readonly setting: 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile';
  readonly variable: string;
  readonly path: string;
}

const VARIABLES: readonly Omit<TlsFile, 'path'>[] = [
  { option: 'ca', setting: 'tlsCaFile', variable: 'STREAMGAUGE_TLS_CA_FILE' },
  { option: 'cert', setting: 'tlsCertFile', variable: 'STREAMGAUGE_TLS_CERT_FILE' },
  { option: 'key', setting: 'tlsKeyFile', variable: 'STREAMGAUGE_TLS_KEY_FILE' },
];

/** Those that are named. */
export function tlsFiles(environment: NodeJS.ProcessEnv = process.env): readonly TlsFile[] {
  return VARIABLES.flatMap((named) => {
    const path = environment[named.variable];
    return path === undefined || path === '' ? [] : [{ ...named, path }];
  });
}
