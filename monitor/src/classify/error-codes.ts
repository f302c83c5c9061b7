/** Codes of the system that say that something is used up: memory, disk, descriptors, processes. */
export const exhausted: RegExp =
  /\b(?:ENOMEM|ENOSPC|EMFILE|ENFILE|EDQUOT|EAGAIN|ERR_WORKER_OUT_OF_MEMORY|ERR_MEMORY_ALLOCATION_FAILED)\b|out of memory|heap limit/i;
/** Codes of the system that say that a peer refused, vanished or was never found. */
export const unreachable: RegExp =
  /\b(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|UND_ERR_\w+)\b|socket hang up/;
