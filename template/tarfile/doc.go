// Package tarfile installs templates that are archives: of images, as `docker save`,
// skopeo, buildah, umoci and most build tools write them, or of a root file system,
// such as an LXC template. They may be as they are or compressed with gzip, bzip2,
// zstd or xz. What an archive is, and how it is compressed, is told by its content,
// not by its name.
//
// # Every archive on every engine
//
// Engines differ in what they load: older ones know no OCI archive and no zstd, and
// containerd's image store reads an OCI index where there is one and
// docker-archive's manifest.json where there is none. So an archive's own word on
// its images is held back, and a new one is written in both languages at the very
// end. For that the files of an archive can be in any order, and it is read once,
// from its file or URL through to the store, in constant memory: a few MiB, and the
// window that its compressor chose (8 MiB with usual settings, refused above 64
// MiB). Of an index for several platforms the image for the one asked for is taken,
// or for the host's; attestations and other artifacts are passed over. A layer that
// the host can't unpack is sent unpacked, which changes nothing about the image's
// config and ID.
//
// A root file system becomes an image of one layer, whose config is the source's
// [Config]. The same content makes the same image, however it was compressed.
//
// # Nothing runs before it is verified
//
// What makes an engine register an image is the archive's word on it. That is
// written when the whole input was read: when it has the checksum that it was
// registered with, each entry was accepted, each blob has the digest that it is
// named by, and the config and the layers that make the image have been there and
// are what the config says. Until then the upload can be broken off, and an upload
// that is broken off registers nothing.
//
// The image gets one reference, made of a digest: "localhost/dockerhv:tarfile-" and
// 32 hexadecimal digits. The names in the archive are never given to the store, so
// an archive can't take over the names of other images on the host. No image of a
// registry can have a name in localhost.
//
// # What is refused
//
// Entries that would leave the archive when it is unpacked (absolute names, "..",
// links out of it, files below links), that are neither files, directories nor
// links, or that come twice; content that is compressed twice; and what exceeds the
// [Limits]. The error names the entry. The limits count all that is unpacked, of the
// archive and of its layers: what would be too much on the host is refused here.
package tarfile
