import { findMainHelper } from '../sample/main-helper.ts';
import { checkJob } from './definition.ts';

/**
 * Says which dataflow a stream belongs to, where a process runs several, and with it everything that gets its records; gives the stream
 * back. Said of the first stream of a pipeline, it holds for all of it. A consumer or client of a message broker is named in the same
 * way, before it takes or sends anything. Without a running agent nothing happens, so this may stay in code that also runs unwatched.
 * Throws AgentError OPERATOR for a job without a name, and for what is no object.
 */
export function inJob<T extends object>(job: string, stream: T): T {
  const name = checkJob(job, stream);
  findMainHelper()?.inJob?.(name, stream);
  return stream;
}
