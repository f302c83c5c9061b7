// Takes what comes over a WebSocket, in a process of its own. Usage: subscriber.mjs URL
import { WebSocket } from 'ws';

let seen = 0;
new WebSocket(process.argv[2]).on('message', () => seen++);
