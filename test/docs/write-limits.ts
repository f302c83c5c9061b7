// Writes the tables of limits into docs/security.md, from the sources.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/repository.ts';
import { LIMITS_DOCUMENT, withTables } from './limits-table.ts';

const file = join(ROOT, LIMITS_DOCUMENT);
writeFileSync(file, withTables(readFileSync(file, 'utf8')));
