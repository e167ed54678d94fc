/** All Korean texts, by area. */
export const ko: Record<string, object> = {};
