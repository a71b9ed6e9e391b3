//! TLS before a double, by an authority that no machine trusts: as GigaChat stands behind the
//! ministry's root.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// A TLS door on 127.0.0.1; dropping it closes the door.
pub struct Front {
    address: SocketAddr,
    ca_pem: String,
    task: JoinHandle<()>,
}

impl Front {
    /// `https://127.0.0.1:port`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The authority's own certificate, for whoever shall trust it.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens a TLS door to the plain server at `behind`; authority and keys are made on the spot.
pub async fn front(behind: SocketAddr) -> Result<Front, Box<dyn Error + Send + Sync>> {
    let identity = identity()?;
    let acceptor = TlsAcceptor::from(Arc::new(config(&identity)?));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(acceptor.clone(), stream, behind));
        }
    });
    Ok(Front { address, ca_pem: identity.ca_pem, task })
}

/// A caller that does not trust us leaves in the middle of the greeting; that is its right.
async fn pass(acceptor: TlsAcceptor, stream: TcpStream, behind: SocketAddr) {
    let Ok(mut outside) = acceptor.accept(stream).await else { return };
    let Ok(mut inside) = TcpStream::connect(behind).await else { return };
    // Either side may close first.
    let _ = copy_bidirectional(&mut outside, &mut inside).await;
}

/// A certificate of 127.0.0.1 and who signed it, as PEM.
pub struct Identity {
    /// The authority's own certificate, for whoever shall trust it.
    pub ca_pem: String,
    pub certificate_pem: String,
    pub key_pem: String,
}

/// Makes an authority and a certificate by it, new ones each time.
pub fn identity() -> Result<Identity, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let ca_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    Ok(Identity { ca_pem, certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

fn config(identity: &Identity) -> Result<ServerConfig, Box<dyn Error + Send + Sync>> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(config)
}
