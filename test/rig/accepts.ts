import {connect} from 'node:net';

/** Resolves to true when something of this machine listens at the port; rejects when nothing does. */
export const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', reject);
  });
