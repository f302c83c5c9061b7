/** Where a process would listen for a debugger. */
export interface InspectAddress {
  readonly port: number;
  /** True when its options say that it listens from its start on. */
  readonly fromStart: boolean;
}

const DEFAULT_PORT = 9229;
const OPTION = /^--inspect(?:-brk|-wait|-port)?(?:=(.*))?$|^--debug-port(?:=(.*))?$/;

/** Reads the options of a process, its own and those of NODE_OPTIONS. Port 0: any free one. */
export function inspectAddress(options: readonly string[]): InspectAddress {
  let port = DEFAULT_PORT;
  let fromStart = false;
  for (const option of options) {
    const match = OPTION.exec(option);
    if (match === null) continue;
    if (/^--inspect(?:-brk|-wait)?(?:=|$)/.test(option)) fromStart = true;
    const given = /(?:^|:)(\d+)$/.exec(match[1] ?? match[2] ?? '')?.[1];
    if (given !== undefined) port = Number(given);
  }
  return { port, fromStart };
}
