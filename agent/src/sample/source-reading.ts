let allowed = true;

/**
 * Whether files of the program's source, and their maps, may be read. One switch for the whole thread: places are looked up from where
 * nothing else is known of the settings.
 */
export const sourceReading = {
  get allowed(): boolean {
    return allowed;
  },
  allow(wanted: boolean): void {
    allowed = wanted;
  },
};
