package repository

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv/template"
)

// pull asks the registry, once more with a new credential where it refuses the first.
func (s Source) pull(
	ctx context.Context, into template.ImageStore, named reference.Named, opts template.InstallOptions,
) (template.Image, error) {
	puller, err := template.Role[template.Puller](into)
	if err != nil {
		return template.Image{}, err
	}
	credential, err := s.credential(ctx, named)
	if err != nil {
		return template.Image{}, err
	}
	image, err := s.shared(ctx, into, puller, named, credential, opts)
	if why, ok := errors.AsType[*template.PullError](err); !ok || why.Reason != template.PullUnauthorized || s.Credentials == nil {
		return image, err
	}
	renewed, credentialErr := s.credential(ctx, named)
	if credentialErr != nil || renewed == credential {
		return template.Image{}, err // which the same would not change
	}
	return s.shared(ctx, into, puller, named, renewed, opts)
}

func (s Source) credential(ctx context.Context, named reference.Named) (template.Credential, error) {
	if s.Credentials == nil {
		return template.Credential{}, nil
	}
	registry := reference.Domain(named)
	credential, err := s.Credentials(ctx, registry)
	if err != nil {
		return template.Credential{}, s.fail(err, "check the credentials for "+registry)
	}
	return credential, nil
}

// shared pulls together with all who pull the same at the same time.
func (s Source) shared(
	ctx context.Context, into template.ImageStore, puller template.Puller, named reference.Named,
	credential template.Credential, opts template.InstallOptions,
) (template.Image, error) {
	return template.Share(ctx, into, s.key(named, credential, opts.Platform), opts,
		func(ctx context.Context, opts template.InstallOptions) (template.Image, error) {
			image, err := puller.Pull(ctx, named.String(), template.PullOptions{
				Platform: opts.Platform, Credential: credential, Progress: opts.Progress,
				Verify: s.Policy == Verify, Stall: s.Stall, Admit: s.Admit,
			})
			image.Format = template.Repository
			return image, err
		})
}

// key is of all that a pull depends on. Of the credential it has a fingerprint, so that
// nothing is shared across credentials, and nobody learns of one. It is empty, for what
// can't be shared, where the caller has a say of its own.
func (s Source) key(named reference.Named, c template.Credential, platform template.Platform) string {
	if s.Admit != nil {
		return ""
	}
	secret := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", c.Username, c.Password, c.IdentityToken, c.RegistryToken))
	return fmt.Sprintf("repository %s %s %t %v %x", named, platform, s.Policy == Verify, s.Stall, secret)
}
