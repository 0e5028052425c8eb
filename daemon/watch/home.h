#pragma once

#include "base/unique_fd.h"
#include "daemon/run.h"
#include "daemon/watch/watch.h"

#include <string>

namespace bascule::daemon {

/// What `bascule watch` keeps under $XDG_STATE_HOME/bascule (else ~/.local/state/bascule), for this user alone: a CA,
/// made at the first call, and files that are made anew by each: a configuration, a bundle of the system's roots and
/// the CA, and what programs need to be told of it. What a call that was killed has left is removed by the next one.
/// Throws Error.
class Home {
  public:
    explicit Home(const WatchOptions& options);
    ~Home();
    Home(const Home&) = delete;

    RunOptions run;          ///< for the daemon
    std::string listener;    ///< its name
    std::string listen;      ///< IP:PORT, the port perhaps 0
    std::string ca;          ///< PEM file of our CA
    std::string bundle;      ///< PEM file of the system's roots, the caller's own ($SSL_CERT_FILE) and our CA
    std::string java_store;  ///< the same for Java
    std::string wget_file;   ///< for $WGETRC: wget knows no variable for a CA
    std::string apt_file;    ///< for $APT_CONFIG, likewise

    const std::string& folder() const { return folder_; }  ///< of this call

  private:
    void make_folder(const std::string& state);
    void make_ca(const std::string& folder);
    void use_own_configuration(const WatchOptions& options);
    void use_configuration(const WatchOptions& options);
    void write_bundle();
    void write_java_store();
    void write_wget_file();
    void write_apt_file();

    std::string folder_;
    UniqueFd held_;  ///< locked while we and our children live
};

}  // namespace bascule::daemon
