// Two roles: the one that migrates owns the tables; the one that the service runs as may do what its work needs and can
// neither change nor delete a line of the ledger, a notice or an anchor, whatever becomes of the triggers (R11). Granting is
// repeated at every migration, so that what a new version brings is covered.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Executor } from './client.js'

export type ServiceRole = {
  name: string
  /** Absent: the role is made without a password, or keeps the one it has. */
  password?: string | undefined
}

/**
 * Makes the service's role if it is missing, and grants it what the service needs and nothing else.
 * @param ex a session of the owner
 * @throws in words when the role could do more than it is granted here
 */
export async function grantService(ex: Executor, { name, password }: ServiceRole): Promise<void> {
  const role = pg.escapeIdentifier(name)
  const { rows } = await ex.query<{ mighty: boolean }>(
    // Being a member of the owner is as good as being it.
    `select rolsuper or rolbypassrls or pg_has_role(rolname, current_user, 'member') as mighty
       from pg_roles where rolname = $1`,
    [name],
  )
  if (rows[0]?.mighty === true) {
    throw new Error('SERVICE_ROLE is a superuser, or owns the tables: choose another role for the service')
  }
  if (rows[0] === undefined) await ex.query(`create role ${role} login`)
  if (password) await ex.query(`alter role ${role} password ${pg.escapeLiteral(scramVerifier(password))}`)

  await ex.query(`
    revoke create on schema public from public;
    grant usage on schema public, drizzle, graphile_worker to ${role};
    grant select on drizzle.__drizzle_migrations to ${role};
    grant execute on all functions in schema public, graphile_worker to ${role};
    grant select, insert, update, delete on all tables in schema graphile_worker to ${role};
    grant usage on all sequences in schema public, graphile_worker to ${role}`)
  await grantTables(ex, role)
  await seeJobs(ex, name)
}

/** What a trigger protects is read and added to; everything else is worked with. Nothing is truncated. */
async function grantTables(ex: Executor, role: string): Promise<void> {
  const { rows } = await ex.query<{ name: string; protected: boolean }>(
    `select c.oid::regclass::text as name,
            exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = 'public.refuse_change'::regproc)
              as protected
       from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  )
  for (const { name, protected: appendOnly } of rows) {
    await ex.query(`revoke all on ${name} from ${role}`)
    await ex.query(`grant select, insert${appendOnly ? '' : ', update, delete'} on ${name} to ${role}`)
  }
}

/** graphile-worker's tables have row security switched on, which shows rows to nobody but their owner. */
async function seeJobs(ex: Executor, service: string): Promise<void> {
  const { rows } = await ex.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace = 'graphile_worker'::regnamespace and relkind = 'r' and relrowsecurity`,
  )
  for (const { name } of rows) {
    const policy = pg.escapeIdentifier(`${service} works here`)
    await ex.query(`drop policy if exists ${policy} on ${name}`)
    await ex.query(
      `create policy ${policy} on ${name} to ${pg.escapeIdentifier(service)} using (true) with check (true)`,
    )
  }
}

const ITERATIONS = 4_096

/** What Postgres keeps of a password (RFC 5803), made here, so that the password itself is in no statement and no log. */
function scramVerifier(password: string): string {
  if (!/^[\x21-\x7e]+$/.test(password)) {
    throw new Error('SERVICE_PASSWORD may hold printable ASCII characters only, without spaces')
  }
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const keyed = (words: string) => createHmac('sha256', salted).update(words).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  const server = keyed('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`
}
