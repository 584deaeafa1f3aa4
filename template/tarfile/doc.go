// Package tarfile installs templates that are docker-archives: what `docker save`,
// skopeo, buildah and most build tools write, as it is or compressed with gzip,
// bzip2, zstd or xz. The compression is recognized by content, not by name.
//
// # Nothing runs before it is verified
//
// An archive is read once, from its file or URL through to the store, in constant
// memory: a few MiB, and the window that its compressor chose (8 MiB with usual
// settings, refused above 64 MiB). All that makes an engine register an image is
// the archive's manifest.json. So that is held back, and a new one is written at
// the very end: when the whole input was read, it has the checksum that it was
// registered with, each entry was accepted, and the config and the layers that
// the manifest names have been there. Until then the upload can be broken off,
// and an upload that is broken off registers nothing.
//
// The new manifest names one image, and one reference, which is made of the
// digest of the image's config: "localhost/dockerhv:tarfile-" and its first 32
// hexadecimal digits. The names in the archive are never given to the store, so an
// archive can't take over the names of other images on the host. No image of a
// registry can have a name in localhost.
//
// # What is refused
//
// Entries that would leave the archive when it is unpacked (absolute names, "..",
// links out of it, files below links), that are neither files, directories nor
// links, or that come twice; blobs that do not have the digest they are named by;
// and what exceeds the [Limits]. The error names the entry. The limits count what
// the archive unpacks to. A layer that is compressed inside the archive is
// unpacked by the engine, as one from a registry is, and not counted.
package tarfile
