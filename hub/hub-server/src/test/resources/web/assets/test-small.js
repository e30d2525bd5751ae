export const small = true;
