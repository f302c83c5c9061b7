// Sets the time of day of this process forth and back by hours, again and again, as a machine whose clock is put right too often.
const STEPS_MS = [3_600_000, -7_200_000, 86_400_000, -82_800_000, 0];
const EVERY_MS = 400;

const now = Date.now;
const startMs = performance.now();
Date.now = () => now() + STEPS_MS[Math.floor((performance.now() - startMs) / EVERY_MS) % STEPS_MS.length];
