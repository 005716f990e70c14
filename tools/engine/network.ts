import {readdir, readFile, writeFile} from 'node:fs/promises';
import {networkInterfaces} from 'node:os';
import type {Reporter} from './console.ts';
import {messageOf} from './errors.ts';
import {readIfAny} from './files.ts';
import {withLibraries} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import {attempt, run} from './shell.ts';

/**
 * The network of dockerd's containers: a bridge and an nftables table of this clone's own. dockerd
 * itself is told to leave the packet filter alone (`iptables: false`), because its chains have fixed
 * names and two daemons, or ours and the user's, would empty each other's.
 */
export interface Bridge {
  readonly name: string;
  /** The smallest MTU on the way out: a larger one in a container loses its big packets. */
  readonly mtu: number;
}

function bridgeName(id: string): string {
  // At most 15 characters.
  return `bm-${id}`;
}

function tableName(id: string): string {
  return `bm_${id}`;
}

/**
 * @returns undefined, after a warning, where the kernel or the machine's rights do not allow it;
 *   containers then share the host's network only.
 */
export async function ensureBridge(
  id: string,
  tools: Tools,
  report: Reporter,
): Promise<Bridge | undefined> {
  const name = bridgeName(id);
  try {
    const mtu = await smallestMtu();
    let subnet = ownSubnet(name);
    if (subnet === undefined) {
      await attempt('ip', ['link', 'delete', name]);
      subnet = await freeSubnet();
      await run('ip', ['link', 'add', 'name', name, 'mtu', String(mtu), 'type', 'bridge']);
      await run('ip', ['address', 'add', `${subnet}.1/24`, 'dev', name]);
      await run('ip', ['link', 'set', name, 'up']);
    }
    await run('nft', ['-f', '-'], {
      env: withLibraries(tools),
      input: rules(tableName(id), name, `${subnet}.0/24`),
    });
    await allowForwarding();
    return {name, mtu};
  } catch (error) {
    report.warn(`no bridge network for the docker driver: ${messageOf(error)}`);
    report.warn('its RUN steps reach the network with --network=host only');
    await removeBridge(id, tools);
    return undefined;
  }
}

export async function removeBridge(id: string, tools: Tools): Promise<void> {
  await attempt('nft', ['delete', 'table', 'ip', tableName(id)], {env: withLibraries(tools)});
  await attempt('ip', ['link', 'delete', bridgeName(id)]);
}

/** Emptied and filled in one transaction, so running it again changes nothing. */
function rules(table: string, bridge: string, subnet: string): string {
  return `
table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain outgoing {
    type nat hook postrouting priority 100;
    ip saddr ${subnet} oifname != "${bridge}" masquerade
  }
  chain passing {
    type filter hook forward priority 0;
    iifname "${bridge}" accept
    oifname "${bridge}" accept
  }
}
`;
}

/** The kernel's switch is machine-wide and other clones may rely on it: it is not switched back. */
async function allowForwarding(): Promise<void> {
  const file = '/proc/sys/net/ipv4/ip_forward';
  if ((await readFile(file, 'utf8')).trim() !== '1') {
    await writeFile(file, '1');
  }
}

/** `10.213.7` for a bridge that has 10.213.7.1 */
function ownSubnet(name: string): string | undefined {
  const own = networkInterfaces()[name]?.find(({family}) => family === 'IPv4');
  return own?.address.split('.').slice(0, 3).join('.');
}

/** A /24 that no interface and no route of this machine uses. */
async function freeSubnet(): Promise<string> {
  const routes = await run('ip', ['-4', 'route']);
  const used = [
    ...routes.matchAll(/\b(\d+\.\d+\.\d+)\.\d+/g),
    ...(await resolvers()).matchAll(/\b(\d+\.\d+\.\d+)\.\d+/g),
  ].map(([, prefix]) => prefix);
  for (let third = 0; third < 256; third++) {
    const subnet = `10.213.${third}`;
    if (!used.includes(subnet)) {
      return subnet;
    }
  }
  throw new Error('every subnet of 10.213.0.0/16 is in use');
}

async function resolvers(): Promise<string> {
  return (await readIfAny('/etc/resolv.conf')) ?? '';
}

async function smallestMtu(): Promise<number> {
  const folder = '/sys/class/net';
  const values: number[] = [1500];
  for (const name of await readdir(folder)) {
    const physical = !name.startsWith('bm-') && name !== 'lo' && !name.startsWith('veth');
    const up = ((await readIfAny(`${folder}/${name}/operstate`)) ?? '').trim() !== 'down';
    const mtu = Number((await readIfAny(`${folder}/${name}/mtu`)) ?? '');
    if (physical && up && mtu >= 576) {
      values.push(mtu);
    }
  }
  return Math.min(...values);
}
