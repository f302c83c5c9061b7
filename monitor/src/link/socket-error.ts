/** Why a connection broke, for the counter of what was refused. */
export function reasonOfSocketError(error: Error): string {
  const code = (error as { readonly code?: unknown }).code;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'too-large';
  return typeof code === 'string' && code.startsWith('WS_ERR_') ? 'invalid-websocket' : 'connection-broken';
}
