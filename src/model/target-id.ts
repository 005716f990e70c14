/** Id of a target, of which what has this image and name may be a part: `face-service/cuda-12.6`. */
export const targetIdOf = ({
  image,
  name,
}: {
  readonly image: string;
  readonly name: string;
}): string => `${image}/${name}`;
