import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** An authority that no program knows, and what it signs. Made by openssl, valid for two days. */
export interface Authority {
  readonly folder: string;
  /** Path of its certificate, PEM. */
  readonly file: string;
  /** Signs a certificate for these names (`DNS:…`, `IP:…`); paths of PEM files. */
  sign(name: string, alternatives: readonly string[]): Promise<KeyPair>;
  close(): Promise<void>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-authority-'));
  const openssl = (...args: readonly string[]) => run('openssl', args, {cwd: folder});
  const self = ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=an authority of the tests'];
  await openssl(...self, '-keyout', 'ca.key', '-out', 'ca.pem');
  return {
    folder,
    file: join(folder, 'ca.pem'),
    async sign(name, alternatives) {
      const subject = ['-subj', `/CN=${name}`];
      await openssl('req', ...newKey, ...subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const uses = 'extendedKeyUsage=serverAuth,clientAuth';
      const names = alternatives.length === 0 ? '' : `subjectAltName=${alternatives.join(',')}\n`;
      await writeFile(join(folder, `${name}.ext`), `${names}${uses}\n`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
      const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`];
      await openssl('x509', '-req', ...by, ...files);
      return {key: join(folder, `${name}.key`), cert: join(folder, `${name}.pem`)};
    },
    close: () => rm(folder, {recursive: true, force: true}),
  };
}

/** The texts of the files. */
export async function readPair({key, cert}: KeyPair): Promise<KeyPair> {
  return {key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8')};
}
