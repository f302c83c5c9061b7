// A debugger that is attached by hand, and lets the program go on six seconds after each stop. Usage: debugger.mjs URL
import { WebSocket } from 'ws';

const HOLD_MS = 6000;

const socket = new WebSocket(process.argv[2]);
const tell = (id, method) => socket.send(JSON.stringify({ id, method }));
socket.on('open', () => tell(1, 'Debugger.enable'));
socket.on('message', (text) => {
  const { id, method } = JSON.parse(text);
  if (id === 1) process.send('attached');
  if (method === 'Debugger.paused') setTimeout(tell, HOLD_MS, 2, 'Debugger.resume');
});
