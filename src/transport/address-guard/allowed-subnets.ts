import { parseSubnet, type Subnet } from "./subnet.ts";

/** What the operator allows to be called besides the public internet. */
export type AllowedSubnets = readonly Subnet[];

/**
 * Subnets separated by commas, white space around them ignored; none if the text is blank. Fails with what was expected
 * and what came.
 */
export function parseAllowedSubnets(text: string): AllowedSubnets {
  if (text.trim() === "") return [];
  return text.split(",").map((item) => parseSubnet(item.trim()));
}
