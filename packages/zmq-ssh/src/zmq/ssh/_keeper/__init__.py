# SPDX-License-Identifier: BSD-3-Clause
"""The keeper: the process that holds a tunnel, and ends with the program that wanted it.

The layout, lower files first:

    groups      processes that end together
    failure     why there is no connection; how much time is left
    relay       passes bytes between who connects to the local port and the ssh connection
    askpass     how OpenSSH gets its questions answered; ask.py is what it runs for that
    openssh     the ssh connection, by OpenSSH's client
    configuration, hostkeys, login, viaparamiko      the same, by paramiko
    main        the life of a tunnel
"""
